package io.vledger.remoting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.rpc.RequestHandler;
import org.junit.jupiter.api.Test;

class HandlerTableTest {
    private final HandlerTable table = new HandlerTable();
    private final RequestHandler first = request -> {};
    private final RequestHandler second = request -> {};

    @Test
    void handlersAreFoundByLowAndHighCodes() {
        table.register(10, first);
        table.register(200050, second);
        table.register(-3, second);
        assertThat(table.handlerOf(10)).isSameAs(first);
        assertThat(table.handlerOf(200050)).isSameAs(second);
        assertThat(table.handlerOf(-3)).isSameAs(second);
        assertThat(table.handlerOf(11)).isNotSameAs(first).isNotNull();
        assertThat(table.handlerOf(600)).isNotSameAs(second).isNotNull();
    }

    @Test
    void aCodeCannotBeRegisteredTwice() {
        table.register(10, first);
        assertThatThrownBy(() -> table.register(10, second)).hasMessageContaining("10");
        assertThat(table.handlerOf(10)).isSameAs(first);
    }

    @Test
    void closingAHandleRemovesOnlyItsOwnRegistration() throws Exception {
        AutoCloseable old = table.register(10, first);
        AutoCloseable current = table.replace(10, second);
        old.close();
        assertThat(table.handlerOf(10)).isSameAs(second);
        current.close();
        assertThat(table.handlerOf(10)).isNotSameAs(second);
        current.close();
        table.register(10, first);
        current.close();
        assertThat(table.handlerOf(10)).isSameAs(first);
    }
}
