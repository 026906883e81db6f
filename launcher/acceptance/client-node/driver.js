'use strict';

/*
 * Reads commands from the standard input until it ends, and runs unmodified Node clients of RocketMQ's gRPC protocol. The lines and
 * commands are those of proxy-v5's ProxyDriver; the modules are found by NODE_PATH.
 */

const readline = require('node:readline');
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
function producer(topic) {
  if (!producers.has(topic)) {
    const made = new Producer({
      ...configuration,
      topic,
      // The outcome that the body names.
      checker: {
        check: async message => message.body.toString().endsWith('commit')
          ? TransactionResolution.COMMIT
          : TransactionResolution.ROLLBACK,
      },
    });
    producers.set(topic, made.startup().then(() => made));
  }
  return producers.get(topic);
}

async function sendUntilTaken(from, message) {
  const end = Date.now() + SEND_LIMIT_MS;
  for (;;) {
    try {
      return await from.send(message);
    } catch (failure) {
      if (Date.now() > end) {
        throw failure;
      }
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
      await sendUntilTaken(from, {
        topic: values.topic,
        tag: values.tag ?? 'a',
        messageGroup: values.messageGroup,
        properties: values.color ? new Map([['color', values.color]]) : undefined,
        body: Buffer.from(values.prefix + i),
      });
    }
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
