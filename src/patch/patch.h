// Leaf formats: one old blob and one patch give one new blob. The two explicit tables are
// all_readers() and all_writers(); adding a format is one folder and one line in each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/limits.h"
#include "base/observer.h"
#include "base/script.h"
#include "io/sink.h"
#include "io/source.h"
#include "refs/image.h"

namespace kerf {

// What can be said of a patch without the old file.
struct PatchInfo {
  std::string format;                // "BSDIFF40"
  std::string profile;               // variant within the format, for people
  std::uint64_t patch_size = 0;      // bytes
  std::uint64_t new_size = 0;        // bytes
  std::optional<BlobId> old_id;      // when the format (or a trailer) states it
  std::optional<Sha256> new_sha256;  // likewise
  bool is_signed = false;            // a signature is present (not: is valid)
  std::uint64_t memory = 0;          // bytes that applying takes, beyond fixed buffers
  // Bytes of RAM, stack included, that the decoder for microcontrollers takes, if it can apply this
  // patch.
  std::optional<std::uint64_t> device_memory;
  std::uint64_t min_old_size = 0;     // the smallest old file that all reads stay inside
  std::vector<std::string> appliers;  // programs and devices known to accept it
  // Those known to refuse it, each with the reason.
  std::vector<std::pair<std::string, std::string>> refusers;
  // Everything else, in print order: sections, counts, levels. Numbers in bytes unless named
  // otherwise.
  std::vector<std::pair<std::string, std::uint64_t>> details;
};

struct ApplyOptions {
  Limits limits;
  // What the caller knows about both files; checked like a format's own statement.
  std::optional<Sha256> old_sha256;
  std::optional<Sha256> new_sha256;
  // Accept bytes after the end of the format that are no kerf trailer (devices ignore them).
  bool allow_trailing = false;
  Observer* observer = nullptr;  // borrowed, may be null
  // At most so many threads, and fewer where limits.memory does not allow for more. The output does
  // not depend on it.
  unsigned threads = 1;
};

// Stateless; const members may be called from any thread.
struct PatchReader {
  virtual ~PatchReader() = default;
  virtual std::string_view name() const = 0;
  // True if a file with these first bytes (up to 64 of them) claims to be of this format.
  virtual bool recognises(Bytes head) const = 0;
  // Does every patch of this format state size and SHA-256 of both files?
  virtual bool states_identities() const { return false; }
  // Reads the whole patch and checks what can be checked without the old file.
  // Errors: truncated, corrupt, unsupported, limit, each naming the field and its offset in the
  // patch.
  virtual Result<PatchInfo> info(const Source& patch, const Limits& limits) const = 0;
  // Writes the new file to `to`, front to back. What identifies the old file is checked before the
  // first byte is written, what identifies the new one before success is returned; the caller must
  // drop the output on failure. Memory stays below options.limits.memory plus about 0.5 MB of
  // buffers, whatever the sizes of the files.
  virtual Status apply(const Source& from, const Source& patch, Sink& to,
                       const ApplyOptions& options) const = 0;
};

// What two versions of an executable are when they are loaded.
struct ImagePair {
  refs::Image old_image;
  refs::Image new_image;
  bool by_headers = false;  // refs::recognise() finds the old one in the old file
};

struct WriteOptions {
  unsigned threads = 1;          // the output does not depend on it
  Observer* observer = nullptr;  // borrowed, may be null
  // For writers that predict references; borrowed, null: there are none.
  const ImagePair* images = nullptr;
  std::string_view profile = {};  // one of PatchWriter::profiles(); empty: the first
};

// Stateless; const members may be called from any thread.
struct PatchWriter {
  virtual ~PatchWriter() = default;
  virtual std::string_view name() const = 0;
  // One line for --help.
  virtual std::string_view summary() const = 0;
  // The names of the profiles that there are, the default first; none for most formats. Static
  // storage.
  virtual std::span<const std::string_view> profiles() const { return {}; }
  // Whether references that only point elsewhere cost next to nothing: then copies should be found
  // by an engine that looks through them.
  virtual bool predicts_references() const { return false; }
  // Whether a trailer (patch/bsdiff/trailer.h) may follow: not where readers take it for a part of
  // the patch.
  virtual bool allows_trailer() const { return true; }
  // What this format's entropy coder will charge, roughly: never empty, the best all-round set
  // first. Which one serves a pair best only a trial tells. Static storage.
  virtual std::span<const CostModel> price_sets() const = 0;
  // Writes the patch that turns `from` into `to` by `script`, which must cover `to`. Deterministic:
  // the same three inputs give the same patch on every machine with the same codec libraries.
  virtual Status write(Bytes from, Bytes to, const Script& script, Sink& patch,
                       const WriteOptions& options) const = 0;
};

// Every reader in this build, in order of trial. Static storage.
std::span<const PatchReader* const> all_readers();
// The reader whose format `patch` claims to be. Code::unsupported names the formats there are.
Result<const PatchReader*> find_reader(const Source& patch);

// Every writer in this build (make side). Static storage.
std::span<const PatchWriter* const> all_writers();
// The writer of that name. Code::unsupported names the formats there are.
Result<const PatchWriter*> find_writer(std::string_view name);

}  // namespace kerf
