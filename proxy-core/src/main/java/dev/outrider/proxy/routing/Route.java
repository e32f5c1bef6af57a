package dev.outrider.proxy.routing;

/// A condition and what happens if it holds (Envoy route.v3.Route).
///
/// @param name empty where not given
public record Route(String name, RouteMatcher matcher, RouteAction action) {}
