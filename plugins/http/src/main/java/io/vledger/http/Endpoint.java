package io.vledger.http;

import io.vertx.core.Future;

/** Answers the requests of one route. Called on the plugin's loop, which it must not block. */
@FunctionalInterface
interface Endpoint {
    /** The answer. A {@link ApiException}, thrown or in the future, is answered as it says; any other failure as 500. */
    Future<Response> answer(ApiRequest call);
}
