package dev.outrider.proxy.wasm;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxywasm.host.BodyAccess;
import dev.outrider.proxywasm.host.HeaderAccess;
import org.jspecify.annotations.Nullable;

/// Shows maps and bodies to the guest of one VM: one view of each, bound anew for every host call,
/// since the library keeps none beyond it. On the VM's thread.
final class StreamViews {
  private @Nullable HeaderMapAdapter map;
  private @Nullable BodyBufferAdapter body;

  @Nullable HeaderAccess of(@Nullable HeaderMap shown) {
    if (shown == null) {
      return null;
    }
    var view = map;
    if (view == null) {
      view = new HeaderMapAdapter(shown);
      map = view;
    }
    return view.bind(shown);
  }

  BodyAccess of(BodyBuffer shown) {
    var view = body;
    if (view == null) {
      view = new BodyBufferAdapter(shown);
      body = view;
    }
    return view.bind(shown);
  }
}
