#include "apps/kerf-xdelta3/arguments.h"

#include <string_view>
#include <vector>

#include "apps/common/input.h"

namespace kerf::xdelta3 {

namespace {

Error usage(std::string what) {
  return Error(Code::denied, std::move(what));
}

Error refused(std::string what) {
  return Error(Code::unsupported, std::move(what));
}

class Parser {
 public:
  explicit Parser(std::span<const char* const> arguments) : arguments_(arguments) {
    result_.form.checksum = true;  // unless -n
  }

  Result<Arguments> run() {
    for (; next_ < arguments_.size(); ++next_) {
      const std::string_view argument = arguments_[next_];
      if (argument.size() < 2 || argument.front() != '-') {
        files_.emplace_back(argument);
        continue;
      }
      if (argument == "--force") {
        result_.job.force = true;
        continue;
      }
      // (The analyzer loses sight of an Error's memory where the Error is moved.)
      TRY(cluster(argument.substr(1)));  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)
    }
    TRY(assign_files());
    if (auto possible = vcdiff::check_window(result_.form); !possible) {
      return std::move(possible).error().in("-W");
    }
    return std::move(result_);
  }

 private:
  // Letters that follow one dash; the last may have a value, attached or as the next argument.
  Status cluster(std::string_view letters) {
    while (!letters.empty()) {
      const char letter = letters.front();
      letters.remove_prefix(1);
      if (letter == 'A') {
        // Its value can only be attached.
        return letters.empty() || letters == "="
                   ? Status()
                   : Status(refused("-A with a text: application headers are not written, because "
                                    "updaters refuse them; give -A alone"));
      }
      if (std::string_view("sSWB").find(letter) != std::string_view::npos) {
        if (letters.empty()) {
          if (++next_ == arguments_.size()) {
            return usage(std::string("-") + letter + " needs a value behind it");
          }
          letters = arguments_[next_];
        }
        return with_value(letter, letters);  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)
      }
      TRY(plain(letter));
    }
    return {};
  }

  Status plain(char letter) {
    switch (letter) {
      case 'e':
        result_.action = Arguments::Action::encode;
        return {};
      case 'd':
        result_.action = Arguments::Action::decode;
        return {};
      case 'h':
        result_.action = Arguments::Action::help;
        return {};
      case 'V':
        result_.action = Arguments::Action::version;
        return {};
      case 'n':
        result_.form.checksum = false;
        return {};
      case 'f':
        result_.job.force = true;
        return {};
      case 'c':
        to_stdout_ = true;
        return {};
      case 'D':  // inputs are never unpacked
      case 'R':  // nor packed again
      case 'q':
        return {};
      default:
        if (letter >= '0' && letter <= '9') {
          return {};  // there is one level: the best
        }
        return refused(std::string("-") + letter +
                       " is not supported (-h lists what is; for the rest use xdelta3 itself)");
    }
  }

  Status with_value(char letter, std::string_view value) {
    switch (letter) {
      case 's':
        result_.job.old_path = value;
        return {};
      case 'S':
        return value == "none"
                   ? Status()
                   : Status(refused("-S " + std::string(value) +
                                    ": sections are never packed, because updaters refuse that; "
                                    "give -S none"));
      default:
        break;
    }
    const auto bytes = apps::parse_bytes(value);
    if (!bytes) {
      return usage(std::string("-") + letter + ": " + bytes.error().what());
    }
    if (letter == 'W') {
      result_.form.window = *bytes;
    }
    return {};  // -B: the whole source is searched, whatever its size
  }

  // The first file is the input, the second the output; both default to standard streams.
  Status assign_files() {
    if (files_.size() > 2) {
      return usage("too many file names: " + files_[2]);
    }
    if (to_stdout_ && files_.size() == 2) {
      return usage("either -c or the output file " + files_[1] + ", not both");
    }
    const std::string standard = apps::standard_stream;
    const std::string input = files_.empty() ? standard : files_[0];
    const std::string output = files_.size() < 2 ? standard : files_[1];
    const bool decoding = result_.action == Arguments::Action::decode;
    result_.job.patch_path = decoding ? input : output;
    result_.job.new_path = decoding ? output : input;
    return {};
  }

  std::span<const char* const> arguments_;
  std::size_t next_ = 0;
  std::vector<std::string> files_;
  bool to_stdout_ = false;
  Arguments result_;
};

}  // namespace

Result<Arguments> parse(std::span<const char* const> arguments) {
  return Parser(arguments).run();
}

}  // namespace kerf::xdelta3
