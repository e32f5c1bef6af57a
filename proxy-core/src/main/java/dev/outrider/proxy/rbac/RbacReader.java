package dev.outrider.proxy.rbac;

import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.MatcherReader;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.rbac.Rule.Side;
import dev.outrider.proxy.routing.HeaderTest;
import dev.outrider.proxy.routing.TextTest;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;

/// Reads `rbac.v3.RBAC`. A condition that is not understood is refused: without it a policy would
/// match what it was not meant for. Confined to one parse.
public final class RbacReader {
  private static final String UNSUPPORTED = "is not supported";

  private final ParseContext context;
  private final List<ConfigProblem> problems;
  private final boolean requests;

  /// @param requests whether the rules are about requests, which have headers, or connections
  /// @param problems gets what is wrong
  public RbacReader(ParseContext context, boolean requests, List<ConfigProblem> problems) {
    this.context = context;
    this.requests = requests;
    this.problems = problems;
  }

  /// Reads policies; placeholders where there are problems.
  ///
  /// @param field path of the message below the typed configuration
  public Rbac read(RBAC message, String field) {
    if (message.getAction() == RBAC.Action.LOG || message.getAction() == RBAC.Action.UNRECOGNIZED) {
      problem(field + ".action", UNSUPPORTED);
    }
    if (message.hasAuditLoggingOptions()) {
      problem(field + ".audit_logging_options", UNSUPPORTED);
    }
    var policies = new ArrayList<Policy>();
    message
        .getPoliciesMap()
        .forEach(
            (name, policy) -> {
              var place = field + ".policies['" + name + "']";
              if (policy.hasCondition() || policy.hasCheckedCondition()) {
                problem(place + ".condition", UNSUPPORTED);
              }
              policies.add(
                  new Policy(
                      name,
                      new Rule.AnyOf(
                          permissions(policy.getPermissionsList(), place + ".permissions")),
                      new Rule.AnyOf(
                          principals(policy.getPrincipalsList(), place + ".principals"))));
            });
    return new Rbac(message.getAction() == RBAC.Action.DENY, policies);
  }

  private List<Rule> permissions(List<Permission> messages, String field) {
    var rules = new ArrayList<Rule>();
    for (var i = 0; i < messages.size(); i++) {
      rules.add(permission(messages.get(i), field + "[" + i + "]"));
    }
    return rules;
  }

  private Rule permission(Permission message, String field) {
    return switch (message.getRuleCase()) {
      case ANY -> new Rule.Any();
      case AND_RULES ->
          new Rule.AllOf(
              permissions(message.getAndRules().getRulesList(), field + ".and_rules.rules"));
      case OR_RULES ->
          new Rule.AnyOf(
              permissions(message.getOrRules().getRulesList(), field + ".or_rules.rules"));
      case NOT_RULE -> new Rule.Not(permission(message.getNotRule(), field + ".not_rule"));
      case HEADER -> header(message.getHeader(), field + ".header");
      case URL_PATH -> path(message.getUrlPath(), field + ".url_path");
      case DESTINATION_IP ->
          address(Side.DESTINATION, message.getDestinationIp(), field + ".destination_ip");
      case DESTINATION_PORT ->
          new Rule.DestinationPort(message.getDestinationPort(), message.getDestinationPort() + 1);
      case DESTINATION_PORT_RANGE ->
          new Rule.DestinationPort(
              message.getDestinationPortRange().getStart(),
              message.getDestinationPortRange().getEnd());
      case REQUESTED_SERVER_NAME ->
          new Rule.ServerName(
              text(message.getRequestedServerName(), field + ".requested_server_name"));
      case METADATA -> unsupported(field + ".metadata");
      case MATCHER -> unsupported(field + ".matcher");
      case URI_TEMPLATE -> unsupported(field + ".uri_template");
      case SOURCED_METADATA -> unsupported(field + ".sourced_metadata");
      case RULE_NOT_SET -> missing(field, "a rule");
    };
  }

  private List<Rule> principals(List<Principal> messages, String field) {
    var rules = new ArrayList<Rule>();
    for (var i = 0; i < messages.size(); i++) {
      rules.add(principal(messages.get(i), field + "[" + i + "]"));
    }
    return rules;
  }

  @SuppressWarnings("deprecation") // source_ip is still written
  private Rule principal(Principal message, String field) {
    return switch (message.getIdentifierCase()) {
      case ANY -> new Rule.Any();
      case AND_IDS ->
          new Rule.AllOf(principals(message.getAndIds().getIdsList(), field + ".and_ids.ids"));
      case OR_IDS ->
          new Rule.AnyOf(principals(message.getOrIds().getIdsList(), field + ".or_ids.ids"));
      case NOT_ID -> new Rule.Not(principal(message.getNotId(), field + ".not_id"));
      case AUTHENTICATED ->
          new Rule.Authenticated(
              message.getAuthenticated().hasPrincipalName()
                  ? text(
                      message.getAuthenticated().getPrincipalName(),
                      field + ".authenticated.principal_name")
                  : null);
      case SOURCE_IP -> address(Side.SOURCE, message.getSourceIp(), field + ".source_ip");
      case DIRECT_REMOTE_IP ->
          address(Side.DIRECT_REMOTE, message.getDirectRemoteIp(), field + ".direct_remote_ip");
      case REMOTE_IP -> address(Side.REMOTE, message.getRemoteIp(), field + ".remote_ip");
      case HEADER -> header(message.getHeader(), field + ".header");
      case URL_PATH -> path(message.getUrlPath(), field + ".url_path");
      case METADATA -> unsupported(field + ".metadata");
      case FILTER_STATE -> unsupported(field + ".filter_state");
      case SOURCED_METADATA -> unsupported(field + ".sourced_metadata");
      case CUSTOM -> unsupported(field + ".custom");
      case IDENTIFIER_NOT_SET -> missing(field, "an identifier");
    };
  }

  private Rule header(HeaderMatcher message, String field) {
    if (!requests) {
      problem(
          field,
          "Found header(%s) rule,not supported by RBAC network filter"
              .formatted(message.getName()));
    }
    return new Rule.Header(
        new HeaderTest(
            MatcherReader.header(message, (below, text) -> problem(field, below, text))));
  }

  private Rule path(PathMatcher message, String field) {
    return new Rule.Path(text(message.getPath(), field + ".path"));
  }

  private TextTest text(StringMatcher message, String field) {
    return new TextTest(MatcherReader.text(message, (below, text) -> problem(field, below, text)));
  }

  private Rule address(Side side, CidrRange message, String field) {
    try {
      var range = IpRange.of(message.getAddressPrefix(), message.getPrefixLen().getValue());
      return new Rule.Address(side, range);
    } catch (IllegalArgumentException e) {
      problem(field + ".address_prefix", String.valueOf(e.getMessage()));
      return new Rule.Not(new Rule.Any());
    }
  }

  private Rule unsupported(String field) {
    problem(field, UNSUPPORTED);
    return new Rule.Not(new Rule.Any());
  }

  private Rule missing(String field, String what) {
    problem(field, what + " is required");
    return new Rule.Not(new Rule.Any());
  }

  private void problem(String field, String below, String text) {
    problem(below.isEmpty() ? field : field + "." + below, text);
  }

  private void problem(String field, String text) {
    problems.add(context.problem(field, text));
  }
}
