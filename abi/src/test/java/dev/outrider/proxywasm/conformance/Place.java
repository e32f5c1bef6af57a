package dev.outrider.proxywasm.conformance;

/// Where in its life a guest runs a check.
enum Place {
  INITIALIZE("_initialize", ":", ""),
  MAIN("main", "ii:i", "0"),
  MAIN_VOID("__main_void", ":i", "0"),
  START("_start", ":", ""),
  CONTEXT_CREATE("proxy_on_context_create", "ii:", ""),
  VM_START("proxy_on_vm_start", "ii:i", "1"),
  CONFIGURE("proxy_on_configure", "ii:i", "1"),
  REQUEST_HEADERS("proxy_on_request_headers", "iii:i", "0"),
  REQUEST_BODY("proxy_on_request_body", "iii:i", "0"),
  REQUEST_TRAILERS("proxy_on_request_trailers", "ii:i", "0"),
  RESPONSE_HEADERS("proxy_on_response_headers", "iii:i", "0"),
  RESPONSE_BODY("proxy_on_response_body", "iii:i", "0"),
  RESPONSE_TRAILERS("proxy_on_response_trailers", "ii:i", "0"),
  /// In the root context, once, after the request or connection armed it.
  TICK("proxy_on_tick", "i:", ""),
  QUEUE_READY("proxy_on_queue_ready", "ii:", ""),
  HTTP_CALL_RESPONSE("proxy_on_http_call_response", "iiiii:", ""),
  GRPC_INITIAL_METADATA("proxy_on_grpc_receive_initial_metadata", "iii:", ""),
  GRPC_RECEIVE("proxy_on_grpc_receive", "iii:", ""),
  GRPC_TRAILING_METADATA("proxy_on_grpc_receive_trailing_metadata", "iii:", ""),
  GRPC_CLOSE("proxy_on_grpc_close", "iii:", ""),
  NEW_CONNECTION("proxy_on_new_connection", "i:i", "0"),
  DOWNSTREAM_DATA("proxy_on_downstream_data", "iii:i", "0"),
  UPSTREAM_DATA("proxy_on_upstream_data", "iii:i", "0"),
  DOWNSTREAM_CONNECTION_CLOSE("proxy_on_downstream_connection_close", "ii:", ""),
  UPSTREAM_CONNECTION_CLOSE("proxy_on_upstream_connection_close", "ii:", ""),
  LOG("proxy_on_log", "i:", ""),
  DONE("proxy_on_done", "i:i", "1"),
  DELETE("proxy_on_delete", "i:", "");

  final String export;
  final String answer;
  private final String signature;

  Place(String export, String signature, String answer) {
    this.export = export;
    this.signature = signature;
    this.answer = answer;
  }

  /// Before ABI 0.2.0 a head was not told whether it is the end.
  String signature(String abi) {
    boolean head = this == REQUEST_HEADERS || this == RESPONSE_HEADERS;
    return head && abi.equals("0.1.0") ? "ii:i" : signature;
  }
}
