package dev.outrider.proxy.accesslog;

import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.attributes.FormatString;
import dev.outrider.proxy.attributes.JsonFormat;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.function.Consumer;

/// What a record looks like. Immutable, any thread.
public sealed interface LogFormat {
  /// Envoy's default line.
  String DEFAULT =
      "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\""
          + " %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION%"
          + " %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\""
          + " \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\""
          + " \"%UPSTREAM_HOST%\"\n";

  /// Appends the record of one stream.
  void write(StreamInfo info, ValueBuffer out);

  static LogFormat defaultLine(FormatEnvironment environment) {
    return text(
        DEFAULT,
        "-",
        environment,
        problem -> {
          throw new AssertionError(problem);
        });
  }

  /// A line as configured: whoever wants a line end writes it into the format.
  ///
  /// @param missing what stands where an operator has no value
  static LogFormat text(
      String format, String missing, FormatEnvironment environment, Consumer<String> problems) {
    return new Text(FormatString.parse(format, environment, problems), missing);
  }

  static LogFormat json(JsonFormat format) {
    return new Json(format);
  }

  /// Text with operators.
  record Text(FormatString format, String missing) implements LogFormat {
    @Override
    public void write(StreamInfo info, ValueBuffer out) {
      format.write(info, out, missing);
    }
  }

  /// One JSON object per line.
  record Json(JsonFormat format) implements LogFormat {
    @Override
    public void write(StreamInfo info, ValueBuffer out) {
      format.write(info, out);
      out.put('\n');
    }
  }
}
