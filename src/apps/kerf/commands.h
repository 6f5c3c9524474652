// The commands of `kerf`, each a plain description of what was asked and a function that does it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/hash.h"
#include "base/result.h"

namespace kerf::cli {

// How a command talks.
struct Manner {
  bool quiet = false;    // say nothing but errors
  bool json = false;     // one JSON object on standard output instead of text
  bool progress = true;  // a bar on standard error, if that is a terminal
};

// A key that was asked for is never forgotten because its name is empty: hence the optionals.
// Paths may be "-" for a standard stream; options.cc has checked that none is used twice, and that
// no output is an input.
struct Diff {
  Manner manner;
  std::string old_path;
  std::string new_path;
  std::string patch_path;
  std::string format = "bsdiff";
  std::string profile;  // of the format; empty: its default
  bool trailer = false;
  std::optional<std::string> key_path;  // none: unsigned
  std::uint64_t memory;
  unsigned threads = 1;
  bool force = false;
};

struct Apply {
  Manner manner;
  std::string old_path;
  std::string patch_path;
  std::string new_path;
  std::optional<Sha256> old_sha256;
  std::optional<Sha256> new_sha256;
  std::optional<std::string> key_path;  // none: signatures are not asked for
  bool allow_trailing = false;
  std::uint64_t memory;
  std::uint64_t max_output;
  bool force = false;
};

struct Info {
  Manner manner;
  std::string patch_path;
  std::optional<std::string> key_path;  // none: the signature is only named
  std::uint64_t memory;
};

struct Verify {
  Manner manner;
  std::string old_path;
  std::string patch_path;
  std::string new_path;
  std::optional<std::string> key_path;
  bool allow_trailing = false;
  std::uint64_t memory;
};

struct Formats {
  Manner manner;
};

using Command = std::variant<Diff, Apply, Info, Verify, Formats>;

Status run(const Diff& command);
Status run(const Apply& command);
Status run(const Info& command);
Status run(const Verify& command);
Status run(const Formats& command);

}  // namespace kerf::cli
