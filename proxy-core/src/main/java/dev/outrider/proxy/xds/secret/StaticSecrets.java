package dev.outrider.proxy.xds.secret;

import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret.TypeCase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The secrets of a bootstrap (`static_resources.secrets`): each kind has names of its own.
/// Immutable.
public final class StaticSecrets {
  static final StaticSecrets NONE = new StaticSecrets(List.of(), Scope.of("bootstrap"));

  private record Name(TypeCase type, String name) {}

  private final List<Secret> all;
  private final Map<Name, Secret> byName = new HashMap<>();

  public StaticSecrets(List<Secret> secrets, Scope place) {
    var good = new ArrayList<Secret>();
    for (var i = 0; i < secrets.size(); i++) {
      var secret = secrets.get(i);
      var item = place.item("secrets", i);
      var kind = kind(secret.getTypeCase());
      if (secret.getTypeCase() == TypeCase.TYPE_NOT_SET) {
        item.problem("Secret type not implemented");
      } else if (byName.putIfAbsent(new Name(secret.getTypeCase(), secret.getName()), secret)
          != null) {
        item.problem("Duplicate static " + kind + " secret name " + secret.getName());
      }
      good.add(secret);
    }
    all = List.copyOf(good);
  }

  private static String kind(TypeCase type) {
    return switch (type) {
      case TLS_CERTIFICATE -> "TlsCertificate";
      case VALIDATION_CONTEXT -> "CertificateValidationContext";
      case SESSION_TICKET_KEYS -> "TlsSessionTicketKeys";
      case GENERIC_SECRET, TYPE_NOT_SET -> "GenericSecret";
    };
  }

  public @Nullable Secret find(TypeCase type, String name) {
    return byName.get(new Name(type, name));
  }

  public List<Secret> all() {
    return all;
  }
}
