package dev.outrider.proxy.expression;

import dev.cel.runtime.CelVariableResolver;
import dev.outrider.proxy.attributes.AttributeKind;
import dev.outrider.proxy.attributes.AttributeReader;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The attributes of one stream as variables of an expression. What an expression does not name is
/// not read.
public final class AttributeVariables implements CelVariableResolver {
  private final AttributeReader reader;
  private final ValueBuffer buffer = new ValueBuffer();
  private @Nullable StreamInfo info;

  public AttributeVariables(AttributeReader reader) {
    this.reader = reader;
  }

  /// From now on of that stream, or of none.
  public AttributeVariables of(@Nullable StreamInfo stream) {
    info = stream;
    return this;
  }

  /// CEL also asks for `a.b` as a whole, which no variable is called.
  @Override
  public Optional<Object> find(String name) {
    return name.indexOf('.') >= 0 ? Optional.empty() : Optional.ofNullable(read(name));
  }

  private @Nullable Object read(String path) {
    var bytes = path.getBytes(StandardCharsets.UTF_8);
    buffer.clear();
    var kind = reader.read(bytes, 0, bytes.length, info, buffer);
    return kind == AttributeKind.GROUP
        ? new Group(path)
        : AttributeValues.decode(kind, path, buffer);
  }

  /// A root such as `request`. It knows its members by name only, as in Envoy: it cannot be listed,
  /// so it looks empty to whoever walks through it.
  public final class Group extends AbstractMap<String, Object> {
    private final String path;

    Group(String path) {
      this.path = path;
    }

    @Override
    public @Nullable Object get(Object name) {
      return name instanceof String text ? read(path + '\0' + text) : null;
    }

    @Override
    public boolean containsKey(Object name) {
      return get(name) != null;
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
      return Set.of();
    }
  }
}
