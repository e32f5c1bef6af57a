package dev.outrider.proxy.config;

import dev.outrider.proxy.attributes.FormatString;
import dev.outrider.proxy.attributes.JsonFormat;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.stream.StreamInfo;

/// A body made of what is known about a stream (Envoy `core.v3.SubstitutionFormatString`).
public sealed interface BodyFormat {
  String contentType();

  /// Appends the body of one stream.
  void write(StreamInfo info, ValueBuffer out);

  /// A line of text.
  ///
  /// @param missing what stands where an operator has no value
  record Text(FormatString format, String missing, String contentType) implements BodyFormat {
    @Override
    public void write(StreamInfo info, ValueBuffer out) {
      format.write(info, out, missing);
    }
  }

  /// An object, and a line end.
  record Json(JsonFormat format, String contentType) implements BodyFormat {
    @Override
    public void write(StreamInfo info, ValueBuffer out) {
      format.write(info, out);
      out.put('\n');
    }
  }
}
