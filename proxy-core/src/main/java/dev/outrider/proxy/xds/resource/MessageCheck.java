package dev.outrider.proxy.xds.resource;

import com.google.protobuf.ByteString;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.extension.ConfigProblem;
import java.util.List;

/// Holds an encoded resource against the schema before it is parsed: validation rules, unknown and
/// unsupported fields. Main loop only.
public interface MessageCheck {

  /// Every reason to refuse it; fields that are only reported are not among them.
  List<ConfigProblem> problems(ResourceKey key, ConfigOrigin origin, ByteString bytes);
}
