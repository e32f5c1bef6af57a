package dev.outrider.proxy.xds.resource;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.extension.Parsed;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// How resources of one kind are read. Main loop only.
///
/// @param <T> what a resource of this kind becomes
public interface ResourceType<T extends Resource> {

  ResourceKind kind();

  /// Reads the message, without judging it.
  ///
  /// @throws InvalidProtocolBufferException if the bytes are not a message of this kind
  Message<T> decode(ByteString bytes) throws InvalidProtocolBufferException;

  /// The same, of a message that does not say its name.
  default Message<T> decode(String called, ByteString bytes) throws InvalidProtocolBufferException {
    return decode(bytes);
  }

  /// A message that was read.
  interface Message<T extends Resource> {

    /// The name it goes by among its kind.
    String name();

    /// Judges it. Completed at once unless it contains something that has to be fetched or
    /// compiled.
    ///
    /// @param previous the version accepted before; what did not change is taken over from it
    CompletionStage<Parsed<T>> parse(ConfigOrigin origin, @Nullable T previous);
  }
}
