#include "base/json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace kerf {

namespace {

using Json = nlohmann::ordered_json;

// What one value costs besides its text: the node, its name (twice), slack of the vector.
constexpr std::uint64_t value_cost = 160;

// Builds the document from the parser's events and stops it at the first thing that is too much.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) {}

  bool null() override { return add(Json(nullptr)); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(number_integer_t value) override { return add(Json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add(Json(value)); }
  bool number_float(number_float_t value, const string_t&) override { return add(Json(value)); }
  bool string(string_t& value) override {
    return charge(value.size()) && add(Json(std::move(value)));
  }
  bool binary(binary_t&) override { return false; }  // not in JSON text
  bool start_object(std::size_t) override { return enter(Json::object()); }
  bool key(string_t& name) override {
    if (!names_.back().insert(name).second) {
      return fail(
          Error(Code::corrupt, "the name " + in_quotes(name) + " stands twice in one object"));
    }
    name_ = std::move(name);
    return charge(name_.size());
  }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(Json::array()); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& fault) override {
    // 101 is the library's number for every fault of syntax; its sentence names the place first
    // and the token last, which we tell in our own way.
    std::string what = fault.what();
    if (const auto reason = what.find("syntax error"); reason != std::string::npos) {
      what.erase(0, reason);
    }
    if (const auto token = what.find("; last read"); token != std::string::npos) {
      what.erase(token);
    }
    const bool ended = what.find("unexpected end of input") != std::string::npos;
    // `position` counts the bytes that were read, the one that does not fit included.
    return fail(
        Error(ended ? Code::truncated : Code::corrupt, "this is not JSON: " + printable(what))
            .at(position > 0 ? position - 1 : 0));
  }

  Result<Json> finish(bool complete) && {
    if (error_) {
      return std::move(*error_);
    }
    if (!complete) {
      return Error(Code::corrupt, "this is not JSON");
    }
    return std::move(root_);
  }

  static std::string printable(std::string_view text) {
    std::string result;
    for (const char c : text) {
      result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
    return Json(result).dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  bool fail(Error error) {
    if (!error_) {
      error_.emplace(std::move(error));
    }
    return false;
  }
  bool charge(std::uint64_t bytes) {
    if (bytes > limits_.memory - used_) {
      return fail(Error(Code::limit, "the document needs more than the " +
                                         std::to_string(limits_.memory) + " bytes allowed for it"));
    }
    used_ += bytes;
    return true;
  }
  // Where the next value goes: the root, the end of an array, or the named member of an object.
  Json* place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    // Not operator[]: it would search through all members before.
    auto& members = parent.get_ref<Json::object_t&>();
    members.push_back({std::move(name_), std::move(value)});
    return &members.back().second;
  }
  bool add(Json value) {
    if (!charge(value_cost)) {
      return false;
    }
    place(std::move(value));
    return true;
  }
  bool enter(Json container) {
    if (open_.size() >= limits_.depth) {
      return fail(Error(Code::limit, "objects and arrays are nested deeper than " +
                                         std::to_string(limits_.depth) + " levels"));
    }
    if (!charge(value_cost)) {
      return false;
    }
    open_.push_back(place(std::move(container)));
    names_.emplace_back();
    return true;
  }
  bool leave() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }

  Limits limits_;
  std::uint64_t used_ = 0;
  Json root_;
  std::vector<Json*> open_;  // from the root to where we are; a parent does not grow meanwhile
  std::vector<std::set<std::string>> names_;  // seen so far in each of them
  std::string name_;
  std::optional<Error> error_;
};

}  // namespace

Result<nlohmann::ordered_json> parse_json(Bytes text, const Limits& limits) {
  if (text.size() > limits.memory) {
    return Error(Code::limit, "the document is larger than the " + std::to_string(limits.memory) +
                                  " bytes allowed for it");
  }
  Builder builder(limits);
  const bool complete = Json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).finish(complete);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t most = 80;
  std::string shown = Builder::printable(text.substr(0, most));
  return text.size() > most ? shown + "..." : shown;
}

}  // namespace kerf
