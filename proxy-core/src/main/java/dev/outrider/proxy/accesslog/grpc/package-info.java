/// Access logs that go to a gRPC service (Envoy `service.accesslog.v3.AccessLogService`): a stream,
/// a buffer and a timer for each log on each loop, over the proxy's own HTTP/2 client.
///
/// May use `stream`, `filter` (for what a loop lends), `upstream`, `extension` and protobuf. Parsed
/// where configuration is read; everything else runs on the loop of the streams that are logged.
/// Read [LogStream][dev.outrider.proxy.accesslog.grpc.LogStream] first.
@NullMarked
package dev.outrider.proxy.accesslog.grpc;

import org.jspecify.annotations.NullMarked;
