package dev.outrider.proxywasm.guest;

import dev.outrider.proxywasm.engine.FunctionShape;
import java.util.Arrays;
import java.util.List;

/// The functions that a host calls in a guest, with every type that real modules give them.
public enum GuestCallback {
  INITIALIZE("_initialize", ":"),
  MAIN("main", "ii:i"),
  MAIN_VOID("__main_void", ":i"),
  START("_start", ":"),
  MALLOC("malloc", "i:i"),
  MEMORY_ALLOCATE("proxy_on_memory_allocate", "i:i"),
  CONTEXT_CREATE("proxy_on_context_create", "ii:"),
  VM_START("proxy_on_vm_start", "ii:i"),
  CONFIGURE("proxy_on_configure", "ii:i"),
  TICK("proxy_on_tick", "i:"),
  QUEUE_READY("proxy_on_queue_ready", "ii:"),
  REQUEST_HEADERS("proxy_on_request_headers", "iii:i", "ii:i"),
  REQUEST_BODY("proxy_on_request_body", "iii:i"),
  REQUEST_TRAILERS("proxy_on_request_trailers", "ii:i"),
  RESPONSE_HEADERS("proxy_on_response_headers", "iii:i", "ii:i"),
  RESPONSE_BODY("proxy_on_response_body", "iii:i"),
  RESPONSE_TRAILERS("proxy_on_response_trailers", "ii:i"),
  NEW_CONNECTION("proxy_on_new_connection", "i:i"),
  DOWNSTREAM_DATA("proxy_on_downstream_data", "iii:i"),
  UPSTREAM_DATA("proxy_on_upstream_data", "iii:i"),
  DOWNSTREAM_CONNECTION_CLOSE("proxy_on_downstream_connection_close", "ii:"),
  UPSTREAM_CONNECTION_CLOSE("proxy_on_upstream_connection_close", "ii:"),
  HTTP_CALL_RESPONSE("proxy_on_http_call_response", "iiiii:"),
  GRPC_INITIAL_METADATA("proxy_on_grpc_receive_initial_metadata", "iii:"),
  GRPC_RECEIVE("proxy_on_grpc_receive", "iii:"),
  GRPC_TRAILING_METADATA("proxy_on_grpc_receive_trailing_metadata", "iii:"),
  GRPC_CLOSE("proxy_on_grpc_close", "iii:"),
  DONE("proxy_on_done", "i:i"),
  LOG("proxy_on_log", "i:"),
  DELETE("proxy_on_delete", "i:");

  private final String export;
  private final String signatures;

  GuestCallback(String export, String... signatures) {
    this.export = export;
    this.signatures = String.join(" ", signatures);
  }

  /// The name a module exports it by.
  public String export() {
    return export;
  }

  /// Whether a VM may be denied it: a module that can neither start nor allocate can do nothing.
  public boolean restrictable() {
    return export.startsWith("proxy_") && this != MEMORY_ALLOCATE;
  }

  List<FunctionShape> shapes() {
    return Arrays.stream(signatures.split(" ", -1)).map(Signature::parse).toList();
  }
}
