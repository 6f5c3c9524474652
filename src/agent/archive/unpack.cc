#include "agent/archive/unpack.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "agent/archive/zip.h"
#include "agent/result_codes.h"
#include "io/file.h"
#include "io/folder.h"

namespace kerf::agent {

namespace {

constexpr std::uint64_t memory_per_entry = 512;  // as in check.cc, the set of names included
constexpr std::size_t longest_name = 4000;       // of a path
constexpr std::size_t longest_part = 255;

std::vector<std::string> parts_of(std::string_view name) {
  std::vector<std::string> parts;
  while (!name.empty()) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    parts.emplace_back(name.substr(0, slash));
    name.remove_prefix(std::min(slash + 1, name.size()));
  }
  return parts;
}

// What is wrong with the name of an entry; empty: nothing.
std::string_view fault_in_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name) {
    return "an empty or endless name";
  }
  if (name.front() == '/') {
    return "an absolute name";
  }
  const auto refused = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\' || c == ':';
  };
  if (std::ranges::any_of(name, refused)) {
    return "a name with control characters, \\ or :";
  }
  for (const std::string& part : parts_of(name)) {
    if (part.empty() || part == "." || part == ".." || part.size() > longest_part) {
      return "a name with an empty, endless, \".\" or \"..\" part";
    }
  }
  return {};
}

std::string lower(std::string text) {
  for (char& c : text) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

Error unsafe(const ZipEntry& entry, std::string_view what) {
  return with_code(ResultCode::zip_unsafe, Error(Code::denied, std::string(what)).in(entry.name));
}

Status check_entries(const ZipReader& zip, const Limits& limits) {
  std::set<std::string> names;  // of files; SD cards do not tell capitals
  std::set<std::string> folders;
  std::uint64_t left = limits.output;
  for (const ZipEntry& entry : zip.entries()) {
    if (const std::string_view fault = fault_in_name(entry.name); !fault.empty()) {
      return unsafe(entry, fault);
    }
    if (entry.kind == ZipEntry::Kind::other) {
      return unsafe(entry, "neither a file nor a folder");
    }
    if (entry.encrypted) {
      return unsafe(entry, "encrypted");
    }
    if (entry.size > left) {
      return unsafe(entry, "more bytes than are allowed");
    }
    left -= entry.size;
    std::string name = lower(entry.name);
    for (std::size_t slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
      folders.insert(name.substr(0, slash));
    }
    if (entry.kind == ZipEntry::Kind::file && !names.insert(name).second) {
      return unsafe(entry, "the same name twice");
    }
  }
  for (const std::string& name : names) {
    if (folders.contains(name)) {
      return with_code(ResultCode::zip_unsafe,
                       Error(Code::denied, "a file and a folder in one").in(name));
    }
  }
  return {};
}

// Opens the folder of `name` below `root`, making what is missing; no link is followed.
Result<io::Descriptor> open_folder(const std::string& root, const std::vector<std::string>& parts,
                                   std::size_t count) {
  TRY_ASSIGN(io::Descriptor at, io::open(root, O_RDONLY | O_DIRECTORY));
  for (std::size_t i = 0; i < count; ++i) {
    const std::string here = "/proc/self/fd/" + std::to_string(at.get());
    TRY(io::make_directories(here + "/" + parts[i]));
    TRY_ASSIGN(io::Descriptor next,
               io::open(here + "/" + parts[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    at = std::move(next);
  }
  return at;
}

Status unpack_entry(const ZipReader& zip, std::size_t index, const std::string& root) {
  const ZipEntry& entry = zip.entries()[index];
  const std::vector<std::string> parts = parts_of(entry.name);
  const bool folder = entry.kind == ZipEntry::Kind::folder;
  TRY_ASSIGN(const io::Descriptor at,
             open_folder(root, parts, folder ? parts.size() : parts.size() - 1));
  if (folder) {
    return {};
  }
  // Through the descriptor: whoever moves folders about meanwhile does not change where this goes.
  const std::string path = "/proc/self/fd/" + std::to_string(at.get()) + "/" + parts.back();
  TRY_ASSIGN(const auto out, io::OutputFile::create(path, true));
  TRY(zip.read(index, *out));
  return out->commit();
}

}  // namespace

Status unpack_zip(const Source& package, const std::string& root, const Limits& limits,
                  Observer* observer) {
  TRY_ASSIGN(const ZipReader zip,
             with_code(ResultCode::target_damaged,
                       ZipReader::open(package, limits.memory / memory_per_entry)));
  TRY(check_entries(zip, limits));
  const std::size_t count = zip.entries().size();
  for (std::size_t i = 0; i < count; ++i) {
    TRY(notify(observer, "checking", i, count));
    CountingSink nowhere(nullptr);
    TRY(with_code(ResultCode::target_damaged, zip.read(i, nowhere)));
  }
  TRY(with_code(ResultCode::unpack_failed, io::make_directories(root)));
  for (std::size_t i = 0; i < count; ++i) {
    TRY(notify(observer, "unpacking", i, count));
    if (Status unpacked = unpack_entry(zip, i, root); !unpacked) {
      Error error = std::move(unpacked).error();
      const bool full = code_of(error) == ResultCode::no_space;
      return with_code(full ? ResultCode::no_space : ResultCode::unpack_failed,
                       std::move(error).in(root + "/" + zip.entries()[i].name));
    }
  }
  return {};
}

}  // namespace kerf::agent
