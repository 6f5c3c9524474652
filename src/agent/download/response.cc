#include "agent/download/response.h"

#include <charconv>

namespace kerf::agent {

namespace {

constexpr std::size_t most_validator = 1024;  // longer ones are no use to anybody

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(white);
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] - 'A' + 'a') : a[i];
    if (c != lower[i]) {
      return false;
    }
  }
  return true;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return {};
  }
  return value;
}

}  // namespace

void Response::line(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with("HTTP/")) {
    *this = {};
    const std::size_t space = text.find(' ');
    if (space != std::string_view::npos) {
      status = static_cast<unsigned>(number(text.substr(space + 1, 3)).value_or(0));
    }
    return;
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return;
  }
  const std::string_view name = text.substr(0, colon);
  const std::string_view value = trimmed(text.substr(colon + 1));
  if (equals_ignoring_case(name, "content-length")) {
    length = number(value);
  } else if (equals_ignoring_case(name, "etag")) {
    const bool strong = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    strong_etag = strong && value.size() <= most_validator ? value : "";
  } else if (equals_ignoring_case(name, "last-modified")) {
    last_modified = value.size() <= most_validator ? value : "";
  } else if (equals_ignoring_case(name, "content-range") && value.starts_with("bytes ")) {
    const std::string_view range = trimmed(value.substr(6));
    const std::size_t slash = range.find('/');
    const std::size_t dash = range.find('-');
    if (slash != std::string_view::npos) {
      range_total = number(range.substr(slash + 1));
    }
    if (dash != std::string_view::npos) {
      range_start = number(range.substr(0, dash));
    }
  }
}

}  // namespace kerf::agent
