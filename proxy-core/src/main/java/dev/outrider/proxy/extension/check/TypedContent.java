package dev.outrider.proxy.extension.check;

import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.extension.schema.WireCursor;

/// The parts of an encoded Any.
///
/// @param typeName full name of the message, empty if there is none
/// @param value its bytes
record TypedContent(String typeName, WireCursor value) {

  static TypedContent of(WireCursor any) {
    var typeName = "";
    var value = new WireCursor(new byte[0]);
    while (any.next()) {
      if (any.wireType() == WireCursor.BYTES && any.number() == 1) {
        typeName = ProviderRegistry.typeName(any.text());
      } else if (any.wireType() == WireCursor.BYTES && any.number() == 2) {
        value = any.payload();
      }
    }
    return new TypedContent(typeName, value);
  }
}
