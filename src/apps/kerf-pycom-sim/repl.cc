#include "apps/kerf-pycom-sim/repl.h"

#include <array>

#include "base/bytes.h"

namespace kerf::pycom_sim {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

Answer raised(std::string_view exception) {
  Answer answer;
  answer.failed = true;
  answer.lines = {"Traceback (most recent call last):", "  File \"<stdin>\", line 1, in <module>",
                  std::string(exception)};
  return answer;
}

Answer value(bool truth) {
  Answer answer;
  answer.lines = {truth ? "True" : "False"};
  return answer;
}

Answer done(bool worked) {
  return worked ? Answer() : raised(operation_failed);
}

Answer import(std::string_view line) {
  constexpr std::array<std::string_view, 4> modules{"pycom", "machine", "os", "time"};
  const std::size_t start = line.find(' ') + 1;
  const std::string_view module = line.substr(start, line.find(' ', start) - start);
  for (const std::string_view known : modules) {
    if (module == known) {
      return {};
    }
  }
  return raised("ImportError: no module named '" + std::string(module) + "'");
}

int hex_digit(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::size_t found = digits.find(lower);
  return found == std::string_view::npos ? -1 : static_cast<int>(found);
}

}  // namespace

std::optional<std::vector<std::uint8_t>> bytes_literal(std::string_view text) {
  if (text.size() < 3 || text[0] != 'b' || (text[1] != '\'' && text[1] != '"') ||
      text.back() != text[1]) {
    return std::nullopt;
  }
  const char quote = text[1];
  text = text.substr(2, text.size() - 3);
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == quote) {
      return std::nullopt;
    }
    if (c == '\\') {
      if (++i == text.size()) {
        return std::nullopt;
      }
      c = text[i];
      if (c == 'x') {
        const int high = i + 2 < text.size() + 0 ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() + 0 ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
          return std::nullopt;
        }
        out.push_back(static_cast<std::uint8_t>(high * 16 + low));
        i += 2;
        continue;
      }
      constexpr std::string_view names = "nrt0\\'\"";
      constexpr std::string_view values{"\n\r\t\0\\'\"", 7};
      const std::size_t found = names.find(c);
      if (found == std::string_view::npos) {
        return std::nullopt;
      }
      c = values[found];
    }
    out.push_back(static_cast<std::uint8_t>(c));
  }
  return out;
}

Answer run_line(pycom::Device& device, std::string_view line) {
  line = trimmed(line);
  if (line.empty() || line.front() == '#') {
    return {};
  }
  if (line.starts_with("import ") || line.starts_with("from ")) {
    return import(line);
  }
  if (line == "pycom.diff_update_enabled()") {
    return value(device.diff_update_enabled());
  }
  if (line == "pycom.ota_start()") {
    return done(device.ota_start());
  }
  constexpr std::string_view write = "pycom.ota_write(";
  if (line.starts_with(write) && line.back() == ')') {
    const auto bytes = bytes_literal(line.substr(write.size(), line.size() - write.size() - 1));
    return bytes ? done(device.ota_write(*bytes)) : raised("SyntaxError: invalid syntax");
  }
  if (line == "pycom.ota_finish()") {
    return done(device.ota_finish());
  }
  if (line == "pycom.ota_verify()") {
    return value(device.ota_verify());
  }
  if (line == "machine.reset()") {
    device.reset();
    return {};
  }
  Answer answer;
  if (line == "exit()" || line == "quit()") {
    answer.leave = true;
    return answer;
  }
  answer.understood = false;
  return answer;
}

}  // namespace kerf::pycom_sim
