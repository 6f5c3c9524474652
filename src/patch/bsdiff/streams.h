// What BSDIFF40 and ENDSLEY/BSDIFF43 have in common: a sequence of controls, difference bytes and
// extra bytes, from one stream or from three.
#pragma once

#include <memory>

#include "base/extent.h"
#include "patch/bsdiff/bsdiff.h"
#include "patch/bsdiff/trailer.h"

namespace kerf::bsdiff {

// The opened body of a patch. One thread at a time.
struct Streams {
  virtual ~Streams() = default;
  virtual Status read_control(MutBytes out) = 0;
  virtual Status read_difference(MutBytes out) = 0;
  virtual Status read_extra(MutBytes out) = 0;
  // Every stream must end here.
  virtual Status finish() = 0;
  // Where in the patch file the control stream now stands, for error messages.
  virtual std::uint64_t control_offset() const = 0;
};

// A patch after its header has been read and its sections have been checked against its size.
struct OpenPatch {
  PatchInfo info;  // all but what only the controls tell
  std::optional<Trailer> trailer;
  std::uint64_t new_size = 0;
  std::unique_ptr<Streams> streams;
};

// What a run over the controls finds out.
struct Counts {
  std::uint64_t controls = 0;
  std::uint64_t difference_bytes = 0;
  std::uint64_t extra_bytes = 0;
  std::uint64_t min_old_size = 0;  // one past the last source byte that is read
};

// Runs all controls. With `from`, checks every read against it and writes the new file to `to`;
// without, only checks the patch itself (`to` may then be null).
Result<Counts> run_controls(Streams& streams, std::uint64_t new_size, const Source* from, Sink* to,
                            Observer* observer);

// A format of this room as the table of readers wants it.
class StreamsReader final : public PatchReader {
 public:
  // Reads the header and checks all that it says against the patch's size and the limits.
  using Open = Result<OpenPatch> (*)(const Source& patch, const Limits& limits,
                                     bool allow_trailing);
  // The texts have static storage.
  StreamsReader(std::string_view name, std::string_view magic, Open open)
      : name_(name), magic_(magic), open_(open) {}
  std::string_view name() const override { return name_; }
  bool recognises(Bytes head) const override;
  Result<PatchInfo> info(const Source& whole, const Limits& limits) const override;
  Status apply(const Source& from, const Source& whole, Sink& to,
               const ApplyOptions& options) const override;

 private:
  std::string_view name_;
  std::string_view magic_;
  Open open_;
};

// Reads the header, which starts with `magic`, and begins `open.info`.
Status read_header(const Source& patch, std::string_view magic, MutBytes header, OpenPatch& open);
// Code::limit if open.new_size, which stands at `at` of the header, is more than is permitted.
Status check_new_size(const OpenPatch& open, const Limits& limits, std::uint64_t at);
// Decodes the sign-and-magnitude size at `at` of `header`, which starts the patch file, and checks
// that it is not negative. `field` is its name for the message.
Result<std::uint64_t> header_size(Bytes header, std::size_t at, std::string_view field);
// Finds out where the body of `patch` ends: at its trailer, or at its end. Fills trailer and the
// parts of `info` that come from it.
Status open_trailer(const Source& patch, OpenPatch& open);
// The level digit of the bzip2 stream at `section` of `patch`: 1 to 9. Errors name `name`.
Result<unsigned> stream_level(const Source& patch, const Extent& section, std::string_view name);
// Bytes after the end of the last stream are refused, unless the caller allows them.
Status check_trailing(std::uint64_t end_of_streams, std::uint64_t end_of_body, bool allow);

}  // namespace kerf::bsdiff
