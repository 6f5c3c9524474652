// VCDIFF (RFC 3284) with the extensions of xdelta3 and open-vcdiff. Normative:
// docs/formats/vcdiff.md and the RFC.
#pragma once

#include <cstdint>
#include <memory>

#include "patch/patch.h"

namespace kerf::vcdiff {

// A target window above this size is refused: no decoder in use takes more.
constexpr std::uint64_t most_window = std::uint64_t{64} << 20;
// Smaller windows would only make patches larger.
constexpr std::uint64_t least_window = std::uint64_t{16} << 10;
// The most that xdelta3 before 3.2 takes.
constexpr std::uint64_t most_old_xdelta3_window = std::uint64_t{16} << 20;

// Everything that common encoders make.
const PatchReader& reader();
// What `xdelta3 -n -A -S none` and `vcdiff encode` make, and nothing else: the profile of fielded
// updaters. Not in all_readers(): both readers claim the same files.
const PatchReader& updater_reader();

// How a file is written. As it stands: for all of the decoders named here.
struct Form {
  bool sdch = false;         // version 'S', which only open-vcdiff reads
  bool checksum = false;     // of each window: xdelta3's, in an SDCH file open-vcdiff's
  bool interleaved = false;  // operands stand behind their codes; only in an SDCH file
  std::uint64_t window = std::uint64_t{8} << 20;  // bytes of a target window at most
};

// "updater", "xdelta3" (with checksums) or "open-vcdiff" (SDCH with checksums). Code::unsupported
// names those there are.
Result<Form> form_of(std::string_view profile);
// The largest window that the decoders of such a file take.
constexpr std::uint64_t most_window_of(const Form& form) {
  return form.sdch ? most_window : most_old_xdelta3_window;
}

// Code::limit unless form.window lies between least_window and that.
Status check_window(const Form& form);

// Form{}, static storage.
const PatchWriter& writer();
// `form` has passed check_window().
std::unique_ptr<PatchWriter> writer_with(const Form& form);

// Writes `patch` again in another form: the same copies, adds and runs, less what that form does
// not have (application header, packed sections, windows from the target). Larger windows than the
// form's are split; a copy that reached over such a border becomes a copy of what its bytes came
// from. Checks as PatchReader::apply does; options.limits.memory counts once more for the
// instructions of a window. Returns the identity of the new file that `patch` makes: whoever keeps
// the result must see that it makes the same.
Result<BlobId> rewrite(const Source& from, const Source& patch, const Form& form,
                       const ApplyOptions& options, Sink& rewritten);

}  // namespace kerf::vcdiff
