package io.vledger.hazelcast;

import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.internal.networking.ChannelInitializer;
import com.hazelcast.internal.server.ServerContext;
import com.hazelcast.nio.MemberSocketInterceptor;
import java.util.function.Function;

/**
 * A Hazelcast node whose connections pass a gate. Hazelcast calls interceptors of sockets in every edition, and has no class of its own for
 * them in this one; where another version does not call it, or reads
 * first bytes differently, {@code DiscoveryMemberTest} fails.
 */
final class GatedNode extends DefaultNodeContext {
    private final MemberGate gate;

    GatedNode(MemberGate gate) {
        this.gate = gate;
    }

    @Override
    public NodeExtension createNodeExtension(Node node) {
        return new DefaultNodeExtension(node) {
            @Override
            public Function<EndpointQualifier, ChannelInitializer> createChannelInitializerFn(ServerContext context) {
                Function<EndpointQualifier, ChannelInitializer> plain = super.createChannelInitializerFn(context);
                return gate.required() ? plain : plain.andThen(GatedNode.this::detecting);
            }

            @Override
            public MemberSocketInterceptor getSocketInterceptor(EndpointQualifier endpoint) {
                return gate;
            }
        };
    }

    private ChannelInitializer detecting(ChannelInitializer plain) {
        return channel -> {
            if (!channel.isClientMode()) {
                channel.inboundPipeline().addLast(gate.detector());
            }
            plain.initChannel(channel);
        };
    }
}
