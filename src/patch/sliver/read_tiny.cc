#include "patch/sliver/read_tiny.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "mcu/kerf_mcu.h"
#include "mcu/tiny_decoder.h"
#include "patch/bsdiff/trailer.h"
#include "patch/identity.h"

namespace kerf::sliver {

namespace {

constexpr std::size_t magic_length = 9;
constexpr std::array<std::uint8_t, magic_length> magic{
    'K', 'E', 'R', 'F', 'S', 'L', 'V', '1', mcu::tiny_profile};
constexpr std::size_t part_size = std::size_t{16} << 10;

// Runs a decoder over a patch. What its port needs of the host is here.
class Run {
 public:
  // `from` and `to` may be null: then the header is all that is read.
  Run(const Source* from, Sink* to, const ApplyOptions& options)
      : from_(from), to_(to), options_(options) {
    port_.context = this;
    port_.accept = [](void* self, const kerf_tiny_info* info) {
      return static_cast<Run*>(self)->accept(*info);
    };
    port_.read_old = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
      auto& run = *static_cast<Run*>(self);
      return run.keep(run.from_->read_at(offset, MutBytes(out, size)));
    };
    port_.read_new = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
      const auto& made = static_cast<Run*>(self)->made_;
      std::copy_n(made.data() + offset, size, out);
      return 1;
    };
    port_.write_new = [](void* self, std::uint32_t, const std::uint8_t* bytes, std::uint32_t size) {
      return static_cast<Run*>(self)->write(Bytes(bytes, size));
    };
  }

  // Feeds the patch up to its end, `size` bytes at most.
  Status feed(const Source& patch, std::uint64_t size) {
    kerf_tiny_start(&state_, &port_);
    std::vector<std::uint8_t> part(
        static_cast<std::size_t>(std::min<std::uint64_t>(part_size, size)));
    for (std::uint64_t at = 0; at < size;) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(part.size(), size - at));
      TRY(patch.read_at(at, MutBytes(part).first(count)));
      const kerf_tiny_status status = kerf_tiny_push(&state_, part.data(), count);
      if (header_only()) {
        return {};
      }
      if (status < 0) {
        return fault(status);
      }
      if (status == KERF_TINY_DONE && to_ != nullptr) {
        TRY(check_new(sha256(made_), new_id_.sha256, options_));
      }
      at += count;
    }
    if (decoder().state != mcu::TinyDecoder::State::done) {
      return Error(Code::truncated,
                   "the patch ends in the middle of window " + std::to_string(decoder().windows))
          .at(size);
    }
    return {};
  }

  bool known() const { return known_; }
  bool header_only() const { return known_ && from_ == nullptr; }
  const BlobId& old_id() const { return old_id_; }
  const BlobId& new_id() const { return new_id_; }
  const kerf_tiny_info& info() const { return info_; }
  const mcu::TinyDecoder& decoder() const {
    return *reinterpret_cast<const mcu::TinyDecoder*>(&state_);
  }

 private:
  int keep(Status status) {
    if (status) {
      return 1;
    }
    error_.emplace(std::move(status).error());
    return 0;
  }

  int accept(const kerf_tiny_info& info) {
    info_ = info;
    known_ = true;
    old_id_.size = info.old_size;
    new_id_.size = info.new_size;
    std::copy_n(info.old_sha256, old_id_.sha256.size(), old_id_.sha256.begin());
    std::copy_n(info.new_sha256, new_id_.sha256.size(), new_id_.sha256.begin());
    if (from_ == nullptr) {
      return 0;
    }
    if (info.new_size > options_.limits.output) {
      return keep(Error(Code::limit, "new size " + std::to_string(info.new_size) +
                                         " is above the permitted " +
                                         std::to_string(options_.limits.output))
                      .in("header"));
    }
    if (sizeof(kerf_tiny) + std::uint64_t{info.new_size} > options_.limits.memory) {
      return keep(Error(Code::limit, "decoding on a host keeps the new file in memory: " +
                                         std::to_string(info.new_size) + " bytes, " +
                                         std::to_string(options_.limits.memory) + " are permitted")
                      .in("header"));
    }
    return keep(check_old(*from_, old_id_, options_));
  }

  int write(Bytes bytes) {
    made_.insert(made_.end(), bytes.begin(), bytes.end());
    return keep(to_->write(bytes)) != 0 &&
           keep(notify(options_.observer, "apply", made_.size(), new_id_.size)) != 0;
  }

  Status fault(kerf_tiny_status status) {
    if (error_) {
      return std::move(*error_);
    }
    const std::uint64_t at = decoder().offset;
    switch (status) {
      case KERF_TINY_UNSUPPORTED:
        return Error(Code::unsupported,
                     "the patch needs a newer version of the format or of a scanner; apply it "
                     "with a newer kerf")
            .at(at);
      case KERF_TINY_MEMORY:
        return Error(Code::limit, "the patch needs more memory than profile tiny has: " +
                                      std::to_string(KERF_TINY_RAM) + " bytes")
            .at(at)
            .in("header");
      case KERF_TINY_TRAILING:
        return Error(Code::corrupt,
                     "bytes follow the end of the patch (--allow-trailing accepts them)")
            .at(at);
      default:
        return Error(Code::corrupt,
                     decoder().collected < decoder().header_length ||
                             decoder().header_length == 0 || !known_
                         ? std::string("the header is damaged")
                         : "window " + std::to_string(decoder().windows) + " is damaged")
            .at(at);
    }
  }

  const Source* from_;
  Sink* to_;
  const ApplyOptions& options_;
  kerf_tiny_port port_{};
  kerf_tiny state_{};
  kerf_tiny_info info_{};
  bool known_ = false;
  BlobId old_id_;
  BlobId new_id_;
  std::vector<std::uint8_t> made_;
  std::optional<Error> error_;
};

struct OpenPatch {
  std::optional<bsdiff::Trailer> trailer;
  std::uint64_t size;  // without it
};

Result<OpenPatch> open_patch(const Source& patch) {
  TRY_ASSIGN(auto trailer, bsdiff::find_trailer(patch));
  const std::uint64_t size = trailer ? trailer->body.size : patch.size();
  return OpenPatch{std::move(trailer), size};
}

// The bytes of all sections, by their lengths; truncated if the last leaves the patch.
Result<std::uint64_t> body_size(const Source& patch, const kerf_tiny_info& info, std::uint64_t size,
                                std::uint64_t& windows) {
  std::uint64_t at = info.header_length;
  windows = (std::uint64_t{info.new_size} + info.window_size - 1) / info.window_size;
  for (std::uint64_t i = 0; i < windows; ++i) {
    std::array<std::uint8_t, 4> length{};
    if (size < at + 8) {
      return Error(Code::truncated, "the patch ends in front of window " + std::to_string(i))
          .at(size);
    }
    TRY(patch.read_at(at, length));
    at += 8 + load_le32(length.data());
    if (at > size) {
      return Error(Code::truncated, "the patch ends in window " + std::to_string(i)).at(size);
    }
  }
  return at;
}

}  // namespace

bool is_tiny(Bytes head) {
  return head.size() >= magic.size() && std::ranges::equal(head.first(magic.size()), magic);
}

Result<PatchInfo> info_tiny(const Source& patch, const Limits& limits) {
  ApplyOptions options;
  options.limits = limits;
  TRY_ASSIGN(const OpenPatch open, open_patch(patch));
  Run run(nullptr, nullptr, options);
  TRY(run.feed(patch, open.size));
  std::uint64_t windows = 0;
  TRY(body_size(patch, run.info(), open.size, windows));
  PatchInfo info;
  info.format = "KERFSLV1";
  info.profile = "tiny";
  info.patch_size = patch.size();
  info.new_size = run.new_id().size;
  info.old_id = run.old_id();
  info.new_sha256 = run.new_id().sha256;
  info.is_signed = open.trailer && open.trailer->signature;
  info.memory = sizeof(kerf_tiny) + run.new_id().size;
  info.device_memory = run.info().ram;
  info.min_old_size = run.old_id().size;
  info.appliers = {"kerf", "kerf_mcu"};
  const mcu::TinyImage& image = run.decoder().image;
  info.details = {{"header", run.info().header_length},
                  {"windows", windows},
                  {"window size", run.info().window_size},
                  {"write size", mcu::page_size},
                  {"chunk size", std::uint64_t{1} << mcu::tiny_geometry.chunk_bits},
                  {"reads new back", run.info().reads_new},
                  {"regions scanned", image.region_count},
                  {"shift map", image.break_count}};
  return info;
}

Status apply_tiny(const Source& from, const Source& patch, Sink& to, const ApplyOptions& options) {
  TRY_ASSIGN(const OpenPatch open, open_patch(patch));
  std::uint64_t size = open.size;
  {
    Run header(nullptr, nullptr, options);
    TRY(header.feed(patch, size));
    std::uint64_t windows = 0;
    TRY_ASSIGN(const std::uint64_t body, body_size(patch, header.info(), size, windows));
    if (open.trailer) {
      if (open.trailer->body.size != body || open.trailer->old_id != header.old_id() ||
          open.trailer->new_id != header.new_id()) {
        return Error(Code::mismatch,
                     "the trailer describes another patch than the one in front of it")
            .at(open.trailer->body.size)
            .in("trailer");
      }
      TRY(bsdiff::check_body(patch, *open.trailer));
    }
    if (options.allow_trailing) {
      size = body;
    }
  }
  Run run(&from, &to, options);
  return run.feed(patch, size);
}

}  // namespace kerf::sliver
