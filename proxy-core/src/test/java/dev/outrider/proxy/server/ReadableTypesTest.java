package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.StringValue;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import org.junit.jupiter.api.Test;

class ReadableTypesTest {
  private static final Any STRANGE =
      Any.newBuilder().setTypeUrl("type.googleapis.com/no.such.Type").build();

  private final TypeRegistry types =
      TypeRegistry.newBuilder()
          .add(HttpConnectionManager.getDescriptor())
          .add(StringValue.getDescriptor())
          .build();

  @Test
  void leavesAMessageOfKnownTypesAsItIs() {
    var listener = listener(Any.pack(StringValue.of("known")));

    assertThat(new ReadableTypes(types).of(listener)).isEqualTo(listener);
  }

  @Test
  void putsANoteWhereATypeIsNotKnownHoweverDeep() throws Exception {
    var json = json(listener(STRANGE));

    assertThat(json)
        .contains("type.googleapis.com/no.such.Type cannot be shown: its type is not known here")
        .contains("\"stat_prefix\": \"kept\"")
        .contains("\"name\": \"kept too\"");
  }

  @Test
  void putsANoteWherePackedBytesAreDamaged() throws Exception {
    var damaged =
        STRANGE.toBuilder()
            .setTypeUrl("type.googleapis.com/google.protobuf.StringValue")
            .setValue(ByteString.copyFromUtf8("\n\u007f"))
            .build();

    assertThat(json(listener(damaged))).contains("cannot be shown: ");
  }

  private String json(Listener listener) throws Exception {
    return JsonFormat.printer()
        .preservingProtoFieldNames()
        .usingTypeRegistry(types)
        .print(new ReadableTypes(types).of(listener));
  }

  /// A listener whose second HTTP filter carries `config`.
  private static Listener listener(Any config) {
    var manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("kept")
            .addHttpFilters(HttpFilter.newBuilder().setName("kept too"))
            .addHttpFilters(HttpFilter.newBuilder().setName("f").setTypedConfig(config));
    return Listener.newBuilder()
        .addFilterChains(
            FilterChain.newBuilder()
                .addFilters(Filter.newBuilder().setTypedConfig(Any.pack(manager.build()))))
        .build();
  }
}
