#include "apps/vcdiff/arguments.h"

#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "apps/common/input.h"

namespace kerf::open_vcdiff {

namespace {

using Action = Arguments::Action;

Error usage(std::string what) {
  return Error(Code::denied, std::move(what));
}

std::string dashed(std::string_view name) {
  std::string text = "-";
  return text.append(name);
}

// -name, --name, -name=value, and -noname for a switch.
struct Flag {
  std::string_view name;
  std::optional<std::string_view> value;
};

class Parser {
 public:
  explicit Parser(std::span<const char* const> arguments) : arguments_(arguments) {
    result_.job.force = true;  // that program replaces its output without asking
    result_.most_output = std::numeric_limits<std::uint64_t>::max();
  }

  Result<Arguments> run() {
    for (; next_ < arguments_.size(); ++next_) {
      const std::string_view argument = arguments_[next_];
      if (argument.size() < 2 || argument.front() != '-') {
        TRY(command(argument));
        continue;
      }
      TRY(flag(split(argument)));
    }
    TRY(finish());
    return std::move(result_);
  }

 private:
  Status command(std::string_view word) {
    if (!command_.empty()) {
      return usage("unexpected argument " + std::string(word) + " (files are named by flags)");
    }
    command_ = word;
    if (word == "encode" || word == "delta") {
      result_.action = Action::encode;
    } else if (word == "decode" || word == "patch") {
      result_.action = Action::decode;
    } else {
      return usage("no command " + std::string(word) +
                   "; there are encode (or delta) and decode (or patch)");
    }
    return {};
  }

  static Flag split(std::string_view argument) {
    argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
    const std::size_t equals = argument.find('=');
    if (equals == std::string_view::npos) {
      return {argument, std::nullopt};
    }
    return {argument.substr(0, equals), argument.substr(equals + 1)};
  }

  Status flag(const Flag& flag) {
    if (flag.name == "help" || flag.name == "h" || flag.name == "version") {
      shown_ = flag.name == "version" ? Action::version : Action::help;
      return {};
    }
    for (const auto& [name, path] : {std::pair{"dictionary", &result_.job.old_path},
                                     std::pair{"target", &result_.job.new_path},
                                     std::pair{"delta", &result_.job.patch_path}}) {
      if (flag.name == name) {
        TRY_ASSIGN(*path, value_of(flag));
        return {};
      }
    }
    if (flag.name == "buffersize") {
      TRY_ASSIGN(window_, number_of(flag));
      return {};
    }
    if (flag.name == "max_target_file_size") {
      TRY_ASSIGN(result_.most_output, number_of(flag));
      return {};
    }
    return switch_of(flag);
  }

  Result<std::string> value_of(const Flag& flag) {
    if (flag.value) {
      return std::string(*flag.value);
    }
    if (++next_ == arguments_.size()) {
      return usage(dashed(flag.name) + " needs a value behind it");
    }
    return std::string(arguments_[next_]);
  }

  Result<std::uint64_t> number_of(const Flag& flag) {
    TRY_ASSIGN(const std::string text, value_of(flag));
    auto number = apps::parse_bytes(text);
    if (!number) {
      return std::move(number).error().in(dashed(flag.name));
    }
    return number;
  }

  Status switch_of(const Flag& flag) {
    std::string_view name = flag.name;
    bool on = !flag.value || *flag.value == "true" || *flag.value == "1";
    if (name.starts_with("no")) {
      name.remove_prefix(2);
      on = !on;
    }
    if (name == "checksum") {
      result_.form.checksum = on;
    } else if (name == "interleaved") {
      result_.form.interleaved = on;
    } else if (name != "target_matches") {  // always looked for
      return Error(Code::unsupported,
                   dashed(flag.name) + " is not supported (-help lists what is)");
    }
    return {};
  }

  Status finish() {
    if (shown_) {
      result_.action = *shown_;
      return {};
    }
    if (command_.empty()) {
      return usage("say encode or decode (-help explains)");
    }
    apps::DeltaJob& job = result_.job;
    if (job.old_path.empty()) {
      return usage("-dictionary FILE is required: the old file");
    }
    for (std::string* path : {&job.new_path, &job.patch_path}) {
      if (path->empty()) {
        *path = std::string(apps::standard_stream);
      }
    }
    vcdiff::Form& form = result_.form;
    form.sdch = form.checksum || form.interleaved;
    form.window = window_.value_or(form.window);
    if (auto possible = vcdiff::check_window(form); !possible) {
      return std::move(possible).error().in("-buffersize");
    }
    return {};
  }

  std::span<const char* const> arguments_;
  std::size_t next_ = 0;
  std::string_view command_;
  std::optional<Action> shown_;
  std::optional<std::uint64_t> window_;
  Arguments result_{};
};

}  // namespace

Result<Arguments> parse(std::span<const char* const> arguments) {
  return Parser(arguments).run();
}

}  // namespace kerf::open_vcdiff
