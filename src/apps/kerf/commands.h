// The commands of `kerf`, each a plain description of what was asked and a function that does it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf::cli {

// How a command talks.
struct Manner {
  bool quiet = false;    // say nothing but errors
  bool json = false;     // one JSON object on standard output instead of text
  bool progress = true;  // a bar on standard error, if that is a terminal
};

// What was said of the form of a VCDIFF file.
struct FormChoice {
  std::optional<std::string> profile;
  std::optional<std::uint64_t> window;  // bytes
};

// A key that was asked for is never forgotten because its name is empty: hence the optionals.
// Paths may be "-" for a standard stream; options.cc has checked that none is used twice, and that
// no output is an input.
struct Diff {
  Manner manner;
  std::string old_path;
  std::string new_path;
  std::string patch_path;
  std::string format;   // empty: a package if that serves, else default_format
  std::string profile;  // of the format; empty: its default
  std::optional<std::uint64_t> device_memory;
  bool trailer = false;
  std::optional<std::string> key_path;  // none: unsigned
  FormChoice form_choice;
  std::optional<vcdiff::Form> form;  // if format is "vcdiff"
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
  std::string scratch;   // folder; empty: temporary files
  std::uint64_t memory;  // 0: what is usual for the kind of patch
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

struct Repair {
  Manner manner;
  std::string old_path;
  std::string patch_path;
  std::string repaired_path;
  FormChoice form_choice;
  vcdiff::Form form;
  std::optional<Sha256> old_sha256;
  std::optional<Sha256> new_sha256;
  std::uint64_t memory;
  bool force = false;
};

struct Formats {
  Manner manner;
};

struct Publish {
  Manner manner;
  std::string repository;
  std::vector<std::string> files;
  std::optional<std::string> name;     // of the one file
  std::optional<std::string> version;  // likewise
  std::string list = "package-list";
  std::size_t keep = 4;
  std::optional<std::vector<std::string>> from;
  bool full = true;
  bool diff = true;
  bool facts = true;
  bool reboot = false;
  std::vector<std::string> exclude;
  std::vector<std::string> remove;
  std::vector<std::string> join;
  std::optional<std::string> key_path;
  std::optional<std::string> device_key_path;
  std::string key_name = "customer.key";
  unsigned least_key_bits;
  std::uint64_t memory;
  unsigned threads = 1;
};

struct Lint {
  // With --json the findings are the one object that is printed, whether it fails or not.
  static constexpr Code told = Code::mismatch;
  Manner manner;
  std::string target;
  std::optional<std::string> device_key_path;
  unsigned least_key_bits;
  bool strict = false;
};

struct Explain {
  Manner manner;
  std::string code;  // number or name of a result, or a package's path; empty: all results
};

using Command = std::variant<Diff, Apply, Info, Verify, Repair, Formats, Explain, Publish, Lint>;

Status run(const Diff& command);
Status run(const Apply& command);
Status run(const Info& command);
Status run(const Verify& command);
Status run(const Repair& command);
Status run(const Formats& command);
Status run(const Explain& command);
Status run(const Publish& command);
// Code::mismatch after the findings have been printed, if there is an error among them.
Status run(const Lint& command);

}  // namespace kerf::cli
