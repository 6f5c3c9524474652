#include "package/list/expand.h"

#include <algorithm>
#include <array>

#include "base/json.h"

namespace kerf::package_list {

namespace {

constexpr std::string_view forbidden_in_names = "<>:\"/\\|?*";

Error refused(std::string_view path, const std::string& why) {
  return Error(Code::denied, "the path " + in_quotes(path) + " " + why);
}

Status check_segments(std::string_view whole, std::string_view path) {
  std::string_view rest = path;
  for (bool more = true; more;) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty()) {
      return refused(whole, path.starts_with('/') ? "starts with a slash"
                                                  : "has an empty part (two slashes, or one at "
                                                    "the end)");
    }
    if (segment == "." || segment == "..") {
      return refused(whole, "has a part \".\" or \"..\"");
    }
    more = slash != std::string_view::npos;
    rest.remove_prefix(more ? slash + 1 : 0);
  }
  return {};
}

Status check_path(std::string_view whole, std::string_view path) {
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return refused(whole, "holds a control character");
    }
    if (c == '\\' || c == '%' || c == '?' || c == '#') {
      return refused(whole, std::string("holds the character ") + c);
    }
  }
  return check_segments(whole, path);
}

Result<Place> to_place(std::string text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string::npos) {
    TRY(check_path(text, text));
    return Place{false, std::move(text)};
  }
  const std::string_view scheme = std::string_view(text).substr(0, colon);
  if (scheme != "http" && scheme != "https") {
    return refused(text, "is a URL that is neither http nor https");
  }
  const std::string_view rest = std::string_view(text).substr(colon + 3);
  const std::size_t slash = rest.find('/');
  const std::string_view server = rest.substr(0, slash);
  const bool odd = std::ranges::any_of(server, [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f ||
           forbidden_in_names.substr(0, 2).find(c) != std::string_view::npos || c == '"' ||
           c == '\\' || c == '%' || c == '?' || c == '#' || c == '@';
  });
  const bool empty_part = server.starts_with('.') || server.find("..") != std::string_view::npos;
  if (server.empty() || server.starts_with(':') || empty_part || odd) {
    return refused(text, "is a URL without a proper server name");
  }
  if (slash == std::string_view::npos) {
    return refused(text, "is a URL that names no file");
  }
  TRY(check_path(text, rest.substr(slash + 1)));
  return Place{true, std::move(text)};
}

const std::optional<std::string>* find_variable(const Variables& variables, std::string_view name) {
  if (name == "from-version") {
    return &variables.from_version;
  }
  if (name == "to-version") {
    return &variables.to_version;
  }
  return name == "hw-id" ? &variables.hardware_id : nullptr;
}

}  // namespace

std::string translate(std::string_view version) {
  std::string result(version);
  std::ranges::replace_if(
      result, [](char c) { return forbidden_in_names.find(c) != std::string_view::npos; }, '_');
  return result;
}

bool is_recommended_version(std::string_view version) {
  return std::ranges::all_of(version, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool uses_variable(std::string_view pattern, std::string_view variable) {
  std::string wanted(variable);
  wanted.insert(wanted.begin(), '{');
  wanted.push_back('}');
  return pattern.find(wanted) != std::string_view::npos;
}

Result<Place> expand(std::string_view pattern, const Variables& variables) {
  std::string text;
  for (std::string_view rest = pattern; !rest.empty();) {
    const std::size_t brace = rest.find_first_of("{}");
    text += rest.substr(0, brace);
    if (brace == std::string_view::npos) {
      break;
    }
    const std::size_t end = rest.find('}', brace);
    if (rest[brace] == '}' || end == std::string_view::npos) {
      return Error(Code::corrupt, "the braces of the path " + in_quotes(pattern) + " do not match")
          .at(pattern.size() - rest.size() + brace);
    }
    const std::string_view name = rest.substr(brace + 1, end - brace - 1);
    const std::optional<std::string>* value = find_variable(variables, name);
    if (value == nullptr || !value->has_value()) {
      return Error(Code::unsupported,
                   "the path " + in_quotes(pattern) + " uses the variable {" + std::string(name) +
                       (value == nullptr ? "}, which is not known" : "}, which has no value here"));
    }
    text += translate(**value);
    rest.remove_prefix(end + 1);
  }
  return to_place(std::move(text));
}

Result<Place> expand(std::string_view location) {
  return expand(location, Variables{});
}

std::string join_url(std::string_view base, const Place& place) {
  static constexpr std::string_view plain = "-_.~/!$&'()*+,;=:@";
  std::string url;
  std::string_view rest = place.text;
  if (place.is_url) {
    const std::size_t server_end = rest.find('/', rest.find("://") + 3);
    url = rest.substr(0, server_end);
    rest.remove_prefix(server_end);
  } else {
    url = base.substr(0, base.rfind('/') + 1);
  }
  static constexpr std::array<char, 17> digits{"0123456789ABCDEF"};
  for (const char c : rest) {
    const auto byte = static_cast<unsigned char>(c);
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (alphanumeric || plain.find(c) != std::string_view::npos) {
      url += c;
    } else {
      url += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return url;
}

}  // namespace kerf::package_list
