'use strict';

/*
 * Reads commands from the standard input until it ends, and runs unmodified Node clients of RocketMQ's gRPC protocol. The lines and
 * commands are those of proxy-v5's ProxyDriver; the modules are found by NODE_PATH.
 */

const readline = require('node:readline');
const { setTimeout: delay } = require('node:timers/promises');
const {
  ConsumeResult,
  FilterExpression,
  Producer,
  PushConsumer,
  SimpleConsumer,
} = require('rocketmq-client-nodejs');
const { FilterType, TransactionResolution } = require('rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb');

const endpoints = process.argv[2];
const REQUEST_LIMIT_MS = 6000;
const SEND_LIMIT_MS = 30000;
const AWAIT_MS = 3000;
const PAUSE_MS = 20;
const EVENT = 0;

const producers = new Map();
const consumers = new Map();
const received = new Map();

/** What the clients log goes where it cannot come between the lines of the protocol. */
const logger = {
  info: () => {},
  debug: () => {},
  warn: (...words) => console.error(...words),
  error: (...words) => console.error(...words),
};
const configuration = { endpoints, namespace: '', requestTimeout: REQUEST_LIMIT_MS, logger };

function parse(text) {
  const [number, verb, ...pairs] = text.split(' ');
  const values = Object.fromEntries(
    pairs.map(pair => pair.split('=').map(part => decodeURIComponent(part.replace(/\+/g, ' ')))));
  return { number: Number(number), verb, values };
}

function write(number, verb, values = {}) {
  const pairs = Object.entries(values).map(pair => pair.map(encodeURIComponent).join('='));
  process.stdout.write([number, verb, ...pairs].join(' ') + '\n');
}

function describe(name, message) {
  return {
    name,
    body: message.body.toString(),
    attempt: message.deliveryAttempt,
    receivedMs: Date.now(),
  };
}

/** Of a topic; the promise is kept, so that commands at the same time have one producer. */
function producer(topic, maxAttempts = 3) {
  const key = `${topic} ${maxAttempts}`;
  if (!producers.has(key)) {
    const made = new Producer({
      ...configuration,
      topic,
      maxAttempts,
      // The outcome that the body names.
      checker: {
        check: async message => message.body.toString().endsWith('commit')
          ? TransactionResolution.COMMIT
          : TransactionResolution.ROLLBACK,
      },
    });
    producers.set(key, made.startup().then(() => made));
  }
  return producers.get(key);
}

/** Sends what message makes of the number of failures until it is taken; that number. */
async function sendUntilTaken(from, message) {
  const end = Date.now() + SEND_LIMIT_MS;
  for (let failed = 0; ;) {
    try {
      await from.send(message(failed));
      return failed;
    } catch (failure) {
      failed++;
      if (Date.now() > end) {
        throw failure;
      }
      await delay(PAUSE_MS);
    }
  }
}

function filter(values) {
  return values.sql ? new FilterExpression(values.sql, FilterType.SQL) : new FilterExpression(values.tags ?? '*');
}

function simpleConsumer(values) {
  if (!consumers.has(values.group)) {
    const made = new SimpleConsumer({
      ...configuration,
      consumerGroup: values.group,
      subscriptions: new Map([[values.topic, filter(values)]]),
      awaitDuration: AWAIT_MS,
    });
    consumers.set(values.group, made.startup().then(() => made));
  }
  return consumers.get(values.group);
}

const commands = {
  async ping() {},

  /** Sends count messages whose bodies are prefix and a number, in order if messageGroup is given. */
  async send(values) {
    const from = await producer(values.topic);
    for (let i = 0; i < Number(values.count); i++) {
      await sendUntilTaken(from, () => ({
        topic: values.topic,
        tag: values.tag ?? 'a',
        messageGroup: values.messageGroup,
        properties: values.color ? new Map([['color', values.color]]) : undefined,
        body: Buffer.from(values.prefix + i),
      }));
    }
  },

  /** Sends for forMs, with pauseMs between, as ProducerCommands does. */
  async load(values) {
    const from = await producer(values.topic, Number(values.attempts));
    const end = Date.now() + Number(values.forMs);
    let sent = 0;
    let failed = 0;
    let longestMs = 0;
    while (Date.now() < end) {
      const begun = Date.now();
      const body = values.prefix + sent;
      failed += await sendUntilTaken(from, attempt => ({
        topic: values.topic,
        body: Buffer.from(attempt === 0 ? body : `${body}#${attempt}`),
      }));
      longestMs = Math.max(longestMs, Date.now() - begun);
      sent++;
      await delay(Number(values.pauseMs));
    }
    return { sent, failed, longestMs };
  },

  /** Sends a message that is delivered afterMs from now; answers what it is recalled by. */
  async delay(values) {
    const receipt = await (await producer(values.topic)).send({
      topic: values.topic,
      delay: Number(values.afterMs),
      body: Buffer.from(values.body),
    });
    return { handle: receipt.recallHandle, id: receipt.messageId };
  },

  async recall(values) {
    const receipt = await (await producer(values.topic)).recallMessage(values.topic, values.handle);
    return { id: receipt.messageId };
  },

  /** Sends in a transaction, and commits, rolls back or forgets it, by outcome. */
  async transact(values) {
    const from = await producer(values.topic);
    const transaction = from.beginTransaction();
    await from.send({ topic: values.topic, body: Buffer.from(values.body) }, transaction);
    if (values.outcome === 'commit') {
      await transaction.commit();
    } else if (values.outcome === 'rollback') {
      await transaction.rollback();
    }
  },

  /** A push consumer that fails each message until it has been delivered fail times. */
  async push(values) {
    const fail = Number(values.fail ?? 0);
    await new PushConsumer({
      ...configuration,
      consumerGroup: values.group,
      subscriptions: new Map([[values.topic, filter(values)]]),
      messageListener: {
        async consume(message) {
          write(EVENT, 'message', describe(values.name, message));
          return message.deliveryAttempt > fail ? ConsumeResult.SUCCESS : ConsumeResult.FAILURE;
        },
      },
    }).startup();
  },

  async receive(values) {
    const consumer = await simpleConsumer(values);
    const bodies = [];
    for (const message of await consumer.receive(Number(values.max), Number(values.invisibleMs))) {
      received.set(message.body.toString(), message);
      bodies.push(message.body.toString() + ':' + message.deliveryAttempt);
    }
    return { bodies: bodies.join(';') };
  },

  /** Receives and acknowledges from now on, and tells of each message, and of each that comes back although it was acknowledged. */
  async drain(values) {
    const consumer = await simpleConsumer(values);
    const acknowledged = new Set();
    const receive = async () => {
      for (const message of await consumer.receive(Number(values.max), Number(values.invisibleMs))) {
        const body = message.body.toString();
        write(EVENT, 'message', describe(acknowledged.has(body) ? values.name + '-back' : values.name, message));
        await consumer.ack(message);
        acknowledged.add(body);
      }
    };
    const again = () => receive().catch(failure => {
      console.error('receives again after', failure);
      return delay(PAUSE_MS);
    }).then(again);
    again();
  },

  async ack(values) {
    await (await consumers.get(values.group)).ack(received.get(values.body));
  },

  async change(values) {
    await (await consumers.get(values.group)).changeInvisibleDuration(
      received.get(values.body), Number(values.invisibleMs));
  },
};

/** The root of every command: whatever it throws becomes its answer. */
async function answer(text) {
  const { number, verb, values } = parse(text);
  try {
    write(number, 'ok', (await commands[verb](values)) ?? {});
  } catch (failure) {
    const message = [failure, failure.cause].filter(Boolean).join(': ');
    write(number, 'error', { type: failure.name, code: 0, message });
  }
}

// Clients are not closed: a push consumer would wait for its last request for 20 s.
readline.createInterface({ input: process.stdin }).on('line', answer).on('close', () => process.exit(0));
