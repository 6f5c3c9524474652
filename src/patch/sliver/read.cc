#include <algorithm>
#include <array>
#include <functional>
#include <thread>

#include "mcu/cm/map_section.h"
#include "mcu/small_header.h"
#include "model/range_coder.h"
#include "patch/bsdiff/trailer.h"
#include "patch/identity.h"
#include "patch/sliver/images.h"
#include "patch/sliver/profile.h"
#include "patch/sliver/read_fast.h"
#include "patch/sliver/read_tiny.h"
#include "patch/sliver/setup.h"
#include "patch/sliver/sliver.h"
#include "patch/sliver/windows.h"

namespace kerf::sliver {

namespace {

struct OpenPatch {
  Header header;
  std::optional<bsdiff::Trailer> trailer;
};

std::uint64_t memory_of(const Header& header, unsigned threads) {
  return header.profile == fast_profile ? fast::memory(header, threads)
                                        : Setup::memory(header, threads);
}

Result<OpenPatch> open_patch(const Source& patch, const Limits& limits, bool allow_trailing) {
  TRY_ASSIGN(Header header, read_header(patch, limits));
  TRY_ASSIGN(auto trailer, bsdiff::find_trailer(patch));
  const std::uint64_t total = header.total();
  if (trailer && (trailer->body.size != total || trailer->old_id != header.old_id ||
                  trailer->new_id != header.new_id)) {
    return Error(Code::mismatch, "the trailer describes another patch than the one in front of it")
        .at(trailer->body.size)
        .in("trailer");
  }
  if (!trailer && total < patch.size() && !allow_trailing) {
    return Error(Code::corrupt, std::to_string(patch.size() - total) +
                                    " bytes follow the end of the patch (--allow-trailing accepts "
                                    "them)")
        .at(total);
  }
  const std::uint64_t memory = memory_of(header, 1);
  if (memory > limits.memory) {
    return Error(Code::limit, "decoding takes " + std::to_string(memory) + " bytes of memory, " +
                                  std::to_string(limits.memory) + " are permitted")
        .in("header");
  }
  return OpenPatch{std::move(header), std::move(trailer)};
}

// The covers of the map section, checked. Leaves `decoder` behind them.
Result<std::vector<Cover>> read_covers(const Header& header, MapCodec& codec,
                                       model::RangeDecoder& decoder) {
  std::vector<Cover> covers(header.cover_count);
  codec.code_covers(decoder, covers.data(), header.cover_count);
  TRY(check_covers(covers, header, header.length));
  return covers;
}

// Decodes a section, which stands at an offset of the patch, to the new bytes from `begin` on.
using DecodeWindow =
    std::function<Status(Bytes section, std::uint64_t at, MutBytes made, std::uint32_t begin)>;

// Decodes windows on several threads and writes them in order.
class Windows {
 public:
  Windows(DecodeWindow decode, const Header& header, const Source& patch, Observer* observer)
      : decode_(std::move(decode)), header_(header), patch_(patch), observer_(observer) {}

  Status run(Sink& to, unsigned threads) {
    const std::size_t count = header_.window_lengths.size();
    std::uint64_t section = header_.length + header_.map_length;
    for (std::size_t first = 0; first < count; first += threads) {
      const std::size_t group = std::min<std::size_t>(threads, count - first);
      std::vector<std::vector<std::uint8_t>> made(group);
      std::vector<std::optional<Error>> errors(group);
      std::vector<std::thread> workers;
      for (std::size_t i = 0; i < group; ++i) {
        const auto work = [this, first, i, section, &made, &errors] {
          if (auto status = decode(first + i, section, made[i]); !status) {
            errors[i].emplace(std::move(status).error());
          }
        };
        if (i + 1 < group) {
          workers.emplace_back(work);
        } else {
          work();
        }
        section += header_.window_lengths[first + i];
      }
      for (std::thread& worker : workers) {
        worker.join();
      }
      for (std::size_t i = 0; i < group; ++i) {
        if (errors[i]) {
          return std::move(*errors[i]);
        }
        TRY(to.write(made[i]));
        TRY(notify(observer_, "apply", header_.window_begin(first + i + 1), header_.new_id.size));
      }
    }
    return {};
  }

 private:
  Status decode(std::size_t i, std::uint64_t at, std::vector<std::uint8_t>& made) const {
    const std::uint64_t length = header_.window_lengths[i];
    TRY_ASSIGN(const auto section, read_all(SliceSource(patch_, at, length), length));
    const std::uint32_t begin = header_.window_begin(i);
    made.resize(header_.window_begin(i + 1) - begin);
    return decode_(section, at, made, begin);
  }

  DecodeWindow decode_;
  const Header& header_;
  const Source& patch_;
  Observer* observer_;
};

Result<bool> opens_tiny(const Source& patch) {
  std::array<std::uint8_t, 16> head{};
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), patch.size()));
  TRY(patch.read_at(0, MutBytes(head).first(size)));
  return is_tiny(Bytes(head).first(size));
}

class SliverReader final : public PatchReader {
 public:
  std::string_view name() const override { return "sliver"; }
  bool recognises(Bytes head) const override {
    return head.size() >= magic.size() &&
           std::ranges::equal(head.first(magic.size()), as_bytes(magic));
  }

  bool states_identities() const override { return true; }

  Result<PatchInfo> info(const Source& patch, const Limits& limits) const override {
    TRY_ASSIGN(const bool tiny, opens_tiny(patch));
    if (tiny) {
      return info_tiny(patch, limits);
    }
    TRY_ASSIGN(const OpenPatch open, open_patch(patch, limits, true));
    const Header& header = open.header;
    TRY_ASSIGN(const auto covers, covers_of(patch, header));
    const Profile* profile = find_profile(header.profile);
    PatchInfo info;
    info.format = magic;
    info.profile = profile == nullptr ? "unnamed profile" : profile->name;
    info.patch_size = patch.size();
    info.new_size = header.new_id.size;
    info.old_id = header.old_id;
    info.new_sha256 = header.new_id.sha256;
    info.is_signed = open.trailer && open.trailer->signature;
    info.memory = memory_of(header, 1);
    info.min_old_size = header.old_id.size;
    info.appliers = {"kerf"};
    std::uint64_t covered = 0;
    std::uint64_t exact = 0;
    for (const Cover& cover : covers) {
      covered += cover.length;
      exact += cover.exact ? cover.length : 0;
    }
    info.details = {{"header", header.length},
                    {"map", header.map_length},
                    {"windows", header.window_lengths.size()},
                    {"window size", header.window_lengths.empty() ? 0 : header.window_begin(1)},
                    {"covers", covers.size()},
                    {"covered bytes", covered},
                    {"copied bytes", exact},
                    {"literal bytes", header.new_id.size - covered}};
    if (profile != nullptr && profile->name == "small" &&
        header.cover_count <= mcu::most_small_covers) {
      info.device_memory = KERF_SMALL_RAM;
    }
    return info;
  }

  Status apply(const Source& from, const Source& patch, Sink& to,
               const ApplyOptions& options) const override {
    TRY_ASSIGN(const bool tiny, opens_tiny(patch));
    if (tiny) {
      return apply_tiny(from, patch, to, options);
    }
    TRY_ASSIGN(const OpenPatch open, open_patch(patch, options.limits, options.allow_trailing));
    const Header& header = open.header;
    if (open.trailer) {
      TRY(bsdiff::check_body(patch, *open.trailer));
    }
    TRY(check_old(from, header.old_id, options));
    unsigned threads = std::max(1U, options.threads);
    while (threads > 1 && (threads > header.window_lengths.size() ||
                           memory_of(header, threads) > options.limits.memory)) {
      --threads;
    }
    HashingSink hashing(&to);
    if (header.profile == fast_profile) {
      TRY_ASSIGN(auto map, fast::read_map(patch, header, &from));
      const fast::Setup setup(header, std::move(map));
      const auto decode = [&](Bytes section, std::uint64_t at, MutBytes made, std::uint32_t begin) {
        return fast::decode_window(setup.scene(), from, section, at, header.unpacked, made, begin);
      };
      TRY(Windows(decode, header, patch, options.observer).run(hashing, threads));
    } else {
      TRY_ASSIGN(const auto setup, open_setup(from, patch, header));
      const auto decode = [&](Bytes section, std::uint64_t, MutBytes made, std::uint32_t begin) {
        return decode_window(setup->scene(), from, section, made, begin);
      };
      TRY(Windows(decode, header, patch, options.observer).run(hashing, threads));
    }
    return check_new(hashing.finish().sha256, header.new_id.sha256, options);
  }

 private:
  static Result<std::vector<Cover>> covers_of(const Source& patch, const Header& header) {
    if (header.profile == fast_profile) {
      TRY_ASSIGN(auto map, fast::read_map(patch, header, nullptr));
      return std::move(map.covers);
    }
    TRY_ASSIGN(const auto section,
               read_all(SliceSource(patch, header.length, header.map_length), header.map_length));
    model::RangeDecoder decoder(section.data(), section.size());
    MapCodec codec;
    return read_covers(header, codec, decoder);
  }

  static Result<std::unique_ptr<Setup>> open_setup(const Source& from, const Source& patch,
                                                   const Header& header) {
    TRY_ASSIGN(const auto section,
               read_all(SliceSource(patch, header.length, header.map_length), header.map_length));
    model::RangeDecoder decoder(section.data(), section.size());
    MapCodec codec;
    TRY_ASSIGN(auto covers, read_covers(header, codec, decoder));
    refs::Image image;
    refs::Destination destination;
    TRY(read_images(codec, decoder, header, from, image, destination));
    return Setup::make(from, header, image, destination, std::move(covers));
  }
};

}  // namespace

const PatchReader& reader() {
  static const SliverReader instance;
  return instance;
}

}  // namespace kerf::sliver
