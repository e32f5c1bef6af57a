package dev.outrider.proxy.admin;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Two components, in memory.
final class FakeLogControl implements LogControl {
  final TreeMap<String, String> levels = new TreeMap<>();
  int reopened;

  FakeLogControl() {
    levels.put("http", "info");
    levels.put("upstream", "info");
  }

  @Override
  public SortedMap<String, String> levels() {
    return levels;
  }

  @Override
  public boolean isLevel(String level) {
    return List.of("info", "debug", "warning").contains(level);
  }

  @Override
  public void setLevel(String component, String level) {
    levels.put(component, level);
  }

  @Override
  public void setAllLevels(String level) {
    levels.replaceAll((_, _) -> level);
  }

  @Override
  public void reopenFiles() {
    reopened++;
  }
}
