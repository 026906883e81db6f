package io.vledger.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.StateText;
import io.vledger.broker.state.TopicConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PopQueuesTest {
    private static final GroupTopic KEY = new GroupTopic("g", "t");

    private static ByteBuf snapshot(int queueId) {
        ByteBuf written = Unpooled.buffer().writeLong(0).writeInt(1);
        StateText.write(written, KEY.group());
        StateText.write(written, KEY.topic());
        new PopQueue(KEY, queueId).write(written.writeInt(1));
        return written;
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, TopicConfig.MAX_QUEUES, Integer.MAX_VALUE})
    void aQueueIdThatNoTopicHasIsRefusedWhenASnapshotIsRead(int queueId) {
        assertThatThrownBy(() -> new PopState().read(snapshot(queueId)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(queueId + " as queue id");
    }

    @Test
    void theLastQueueOfATopicIsFoundAgain() {
        PopState state = new PopState();
        state.read(snapshot(TopicConfig.MAX_QUEUES - 1));
        assertThat(state.find(KEY, TopicConfig.MAX_QUEUES - 1)).isNotNull();
        assertThat(state.find(KEY, 0)).isNull();
        assertThat(state.of(KEY)).hasSize(1);
    }
}
