package dev.outrider.proxywasm.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.UnknownCustomSection;

/// The line tables of a module that carries debug information (`.debug_line`, DWARF 2 to 5, 32
/// bit). Damage ends the reading, never the loading: this is for messages only.
final class DebugLines {
  /// Gets the rows of the tables. An address counts from the content of the code section.
  interface Rows {
    void row(int address, String file, int line);
  }

  private static final byte[] NONE = {};
  private static final int OLDEST_VERSION = 2;
  private static final int NEWEST_VERSION = 5;
  private static final int PATH = 1;
  private static final int DIRECTORY = 2;

  private final SectionReader in;
  private final byte[] lineTexts;
  private final byte[] texts;
  private final Rows rows;

  private DebugLines(byte[] lines, byte[] lineTexts, byte[] texts, Rows rows) {
    this.in = new SectionReader(lines, 0);
    this.lineTexts = lineTexts;
    this.texts = texts;
    this.rows = rows;
  }

  static void read(WasmModule module, Rows rows) {
    var lines = section(module, ".debug_line");
    var tables =
        new DebugLines(
            lines, section(module, ".debug_line_str"), section(module, ".debug_str"), rows);
    try {
      while (!tables.in.atEnd() && tables.unit()) {}
    } catch (IndexOutOfBoundsException _) {
      return; // what was read before the damage stays
    }
  }

  private static byte[] section(WasmModule module, String name) {
    return module.customSection(name) instanceof UnknownCustomSection section
        ? section.bytes()
        : NONE;
  }

  /// What the program of one unit needs to know.
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  private record Header(
      int end,
      int step,
      int lineBase,
      int lineRange,
      int[] operands,
      int fileBase,
      String[] files) {
    int firstSpecial() {
      return operands.length;
    }

    String file(int number) {
      int index = number - fileBase;
      return index >= 0 && index < files.length ? files[index] : "?";
    }
  }

  private record Form(int content, int form) {}

  /// False if the rest cannot be understood.
  private boolean unit() {
    int length = in.u32();
    int end = in.at() + length;
    int version = in.u16();
    if (length < 0 || version < OLDEST_VERSION || version > NEWEST_VERSION) {
      return false;
    }
    if (version == NEWEST_VERSION) {
      in.skip(2); // sizes of address and segment
    }
    int headerBytes = in.u32();
    int program = in.at() + headerBytes;
    int step = in.u8();
    if (version >= 4) {
      in.skip(1); // operations of an instruction
    }
    in.skip(1); // whether a row is a statement by default
    int lineBase = (byte) in.u8();
    int lineRange = in.u8();
    var operands = new int[in.u8()];
    for (int opcode = 1; opcode < operands.length; opcode++) {
      operands[opcode] = in.u8();
    }
    var files = version == NEWEST_VERSION ? describedFiles() : listedFiles();
    if (files == null || lineRange == 0) {
      return false;
    }
    int fileBase = version == NEWEST_VERSION ? 0 : 1;
    in.at(program);
    program(new Header(end, step, lineBase, lineRange, operands, fileBase, files));
    in.at(end);
    return true;
  }

  private String[] listedFiles() {
    var directories = new ArrayList<String>();
    for (var name = in.text(); !name.isEmpty(); name = in.text()) {
      directories.add(name);
    }
    var files = new ArrayList<String>();
    for (var name = in.text(); !name.isEmpty(); name = in.text()) {
      int directory = in.number() - 1;
      in.number(); // time
      in.number(); // length
      files.add(path(directories, directory, name));
    }
    return files.toArray(new String[0]);
  }

  private String @Nullable [] describedFiles() {
    var directories = new ArrayList<String>();
    var directoryForms = forms();
    for (int left = in.number(); left > 0; left--) {
      if (!entry(directoryForms, (name, _) -> directories.add(name))) {
        return null;
      }
    }
    var files = new ArrayList<String>();
    var fileForms = forms();
    for (int left = in.number(); left > 0; left--) {
      if (!entry(
          fileForms,
          (name, directory) ->
              files.add(path(directories, directory == 0 ? -1 : directory, name)))) {
        return null;
      }
    }
    return files.toArray(new String[0]);
  }

  /// The compilation's own directory is not repeated.
  private static String path(List<String> directories, int directory, String name) {
    return directory >= 0 && directory < directories.size()
        ? directories.get(directory) + "/" + name
        : name;
  }

  private List<Form> forms() {
    var forms = new ArrayList<Form>();
    for (int left = in.u8(); left > 0; left--) {
      forms.add(new Form(in.number(), in.number()));
    }
    return forms;
  }

  private interface Entry {
    void named(String name, int directory);
  }

  /// False if a form is unknown.
  private boolean entry(List<Form> forms, Entry entry) {
    var name = "";
    int directory = 0;
    for (var form : forms) {
      switch (form.form) {
        case 0x08 -> name = in.text();
        case 0x0E -> name = new SectionReader(texts, in.u32()).text();
        case 0x1F -> name = new SectionReader(lineTexts, in.u32()).text();
        case 0x0B -> directory = numberOf(form, in.u8(), directory);
        case 0x05 -> directory = numberOf(form, in.u16(), directory);
        case 0x0F -> directory = numberOf(form, in.number(), directory);
        case 0x06 -> in.skip(4);
        case 0x07 -> in.skip(8);
        case 0x1E -> in.skip(16);
        case 0x09 -> in.skip(in.number());
        default -> {
          return false;
        }
      }
    }
    entry.named(name, directory);
    return forms.stream().anyMatch(form -> form.content == PATH);
  }

  private static int numberOf(Form form, int number, int directory) {
    return form.content == DIRECTORY ? number : directory;
  }

  /// DWARF 5, section 6.2: address, file and line of a little machine.
  private void program(Header header) {
    int address = 0;
    int file = 1;
    int line = 1;
    while (in.at() < header.end) {
      int opcode = in.u8();
      if (opcode >= header.firstSpecial()) {
        int adjusted = opcode - header.firstSpecial();
        address += adjusted / header.lineRange * header.step;
        line += header.lineBase + adjusted % header.lineRange;
        rows.row(address, header.file(file), line);
        continue;
      }
      switch (opcode) {
        case 0 -> {
          int length = in.number();
          int next = in.at() + Math.clamp(length, 1, Short.MAX_VALUE);
          switch (in.u8()) {
            case 1 -> {
              address = 0;
              file = 1;
              line = 1;
            }
            case 2 -> address = in.u32();
            default -> {}
          }
          in.at(next);
        }
        case 1 -> rows.row(address, header.file(file), line);
        case 2 -> address += in.number() * header.step;
        case 3 -> line += in.signedNumber();
        case 4 -> file = in.number();
        case 8 -> address += (255 - header.firstSpecial()) / header.lineRange * header.step;
        case 9 -> address += in.u16();
        default -> {
          for (int left = header.operands[opcode]; left > 0; left--) {
            in.number();
          }
        }
      }
    }
  }
}
