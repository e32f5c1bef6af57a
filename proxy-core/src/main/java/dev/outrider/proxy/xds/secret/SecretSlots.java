package dev.outrider.proxy.xds.secret;

import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import dev.outrider.proxy.xds.resource.ResourceKey;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret.TypeCase;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The places of a TLS context that hold the name of a secret (`SdsSecretConfig`), and the context
/// with the secrets put in. Immutable.
record SecretSlots(List<Slot> certificates, @Nullable Slot validation, @Nullable Slot ticketKeys) {

  /// One place.
  sealed interface Slot {

    /// Of the bootstrap.
    record Known(Secret secret) implements Slot {}

    /// It has to be asked for.
    record Fetched(InitTarget need, TypeCase type) implements Slot {}
  }

  static SecretSlots of(DownstreamTlsContext message, Scope place, StaticSecrets known) {
    var common = message.getCommonTlsContext();
    var scope = place.field("common_tls_context");
    if (common.getTlsCertificatesCount() > 0
        && common.getTlsCertificateSdsSecretConfigsCount() > 0) {
      scope.problem("SDS and non-SDS TLS certificates may not be mixed in server contexts");
    }
    return new SecretSlots(
        certificates(common, scope, known),
        validation(common, scope, known),
        message.hasSessionTicketKeysSdsSecretConfig()
            ? slot(
                message.getSessionTicketKeysSdsSecretConfig(),
                TypeCase.SESSION_TICKET_KEYS,
                place.field("session_ticket_keys_sds_secret_config"),
                known)
            : null);
  }

  static SecretSlots of(UpstreamTlsContext message, Scope place, StaticSecrets known) {
    var common = message.getCommonTlsContext();
    var scope = place.field("common_tls_context");
    if (common.getTlsCertificatesCount() + common.getTlsCertificateSdsSecretConfigsCount() > 1) {
      scope.problem("Multiple TLS certificates are not supported for client contexts");
    }
    return new SecretSlots(
        certificates(common, scope, known), validation(common, scope, known), null);
  }

  private static List<Slot> certificates(
      CommonTlsContext common, Scope scope, StaticSecrets known) {
    var all = new ArrayList<Slot>();
    for (var i = 0; i < common.getTlsCertificateSdsSecretConfigsCount(); i++) {
      var slot =
          slot(
              common.getTlsCertificateSdsSecretConfigs(i),
              TypeCase.TLS_CERTIFICATE,
              scope.item("tls_certificate_sds_secret_configs", i),
              known);
      if (slot != null) {
        all.add(slot);
      }
    }
    return List.copyOf(all);
  }

  private static @Nullable Slot validation(
      CommonTlsContext common, Scope scope, StaticSecrets known) {
    if (common.hasValidationContextSdsSecretConfig()) {
      return slot(
          common.getValidationContextSdsSecretConfig(),
          TypeCase.VALIDATION_CONTEXT,
          scope.field("validation_context_sds_secret_config"),
          known);
    }
    if (!common.hasCombinedValidationContext()) {
      return null;
    }
    var combined = common.getCombinedValidationContext();
    var place = scope.field("combined_validation_context");
    refuseProviders(combined, place);
    return slot(
        combined.getValidationContextSdsSecretConfig(),
        TypeCase.VALIDATION_CONTEXT,
        place.field("validation_context_sds_secret_config"),
        known);
  }

  @SuppressWarnings("deprecation") // refused under their names
  private static void refuseProviders(
      CommonTlsContext.CombinedCertificateValidationContext combined, Scope place) {
    place.refuse(
        combined.hasValidationContextCertificateProvider(),
        "validation_context_certificate_provider");
    place.refuse(
        combined.hasValidationContextCertificateProviderInstance(),
        "validation_context_certificate_provider_instance");
  }

  private static @Nullable Slot slot(
      SdsSecretConfig config, TypeCase type, Scope place, StaticSecrets known) {
    if (config.hasSdsConfig()) {
      var need = ConfigSources.secret(config, place);
      return need == null ? null : new Slot.Fetched(need, type);
    }
    var secret = known.find(type, config.getName());
    if (secret == null) {
      place.problem("Unknown static " + text(type) + ": " + config.getName());
      return null;
    }
    return new Slot.Known(secret);
  }

  private static String text(TypeCase type) {
    return switch (type) {
      case VALIDATION_CONTEXT -> "certificate validation context";
      case SESSION_TICKET_KEYS -> "session ticket keys";
      case TLS_CERTIFICATE, GENERIC_SECRET, TYPE_NOT_SET -> "secret";
    };
  }

  /// How the secrets are called that certificates come from.
  List<String> certificateNames() {
    return certificates.stream().map(SecretSlots::name).toList();
  }

  /// How the secret is called that says whom to trust; empty if it is none.
  String validationName() {
    return validation == null ? "" : name(validation);
  }

  private static String name(Slot slot) {
    return switch (slot) {
      case Slot.Known(var secret) -> secret.getName();
      case Slot.Fetched(var need, var _) -> need.key().name();
    };
  }

  /// What has to be asked for.
  List<InitTarget> needs() {
    return Stream.concat(certificates.stream(), Stream.of(validation, ticketKeys))
        .filter(Objects::nonNull)
        .filter(Slot.Fetched.class::isInstance)
        .map(slot -> ((Slot.Fetched) slot).need())
        .distinct()
        .toList();
  }

  /// The context with its secrets. What is not known stays away.
  DownstreamTlsContext fill(DownstreamTlsContext message, Map<ResourceKey, Secret> known) {
    var filled =
        message.toBuilder().setCommonTlsContext(fill(message.getCommonTlsContext(), known));
    if (ticketKeys != null) {
      var secret = secret(ticketKeys, known);
      filled.clearSessionTicketKeysSdsSecretConfig();
      filled.setSessionTicketKeys(
          secret == null
              ? TlsSessionTicketKeys.getDefaultInstance()
              : secret.getSessionTicketKeys());
    }
    return filled.build();
  }

  /// The context with its secrets. What is not known stays away.
  UpstreamTlsContext fill(UpstreamTlsContext message, Map<ResourceKey, Secret> known) {
    return message.toBuilder()
        .setCommonTlsContext(fill(message.getCommonTlsContext(), known))
        .build();
  }

  private CommonTlsContext fill(CommonTlsContext message, Map<ResourceKey, Secret> known) {
    var filled = message.toBuilder().clearTlsCertificateSdsSecretConfigs();
    for (var slot : certificates) {
      var secret = secret(slot, known);
      if (secret != null) {
        filled.addTlsCertificates(secret.getTlsCertificate());
      }
    }
    if (validation != null) {
      var secret = secret(validation, known);
      var base = message.getCombinedValidationContext().getDefaultValidationContext();
      filled.clearValidationContextType();
      if (secret != null) {
        filled.setValidationContext(
            base.toBuilder().mergeFrom(secret.getValidationContext()).build());
      }
    }
    return filled.build();
  }

  private static @Nullable Secret secret(Slot slot, Map<ResourceKey, Secret> known) {
    return switch (slot) {
      case Slot.Known(var secret) -> secret;
      case Slot.Fetched(var need, var type) -> {
        var secret = known.get(need.key());
        yield secret == null || secret.getTypeCase() != type ? null : secret;
      }
    };
  }

  /// Whether all secrets are there.
  boolean complete(Map<ResourceKey, Secret> known) {
    return needs().stream().allMatch(need -> known.containsKey(need.key()));
  }

  /// What is wrong with secrets that have come: one of another kind than is asked for.
  void check(Map<ResourceKey, Secret> known, Scope place) {
    Stream.concat(certificates.stream(), Stream.of(validation, ticketKeys))
        .filter(Objects::nonNull)
        .forEach(
            slot -> {
              if (slot instanceof Slot.Fetched(var need, var type)) {
                var secret = known.get(need.key());
                if (secret != null && secret.getTypeCase() != type) {
                  place.problem(
                      "%s holds %s where %s is asked for"
                          .formatted(need.key(), word(secret.getTypeCase()), word(type)));
                }
              }
            });
  }

  private static String word(TypeCase type) {
    return type.name().toLowerCase(java.util.Locale.ROOT);
  }
}
