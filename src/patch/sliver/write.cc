#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <optional>
#include <thread>

#include "mcu/cm/map_section.h"
#include "mcu/small_header.h"
#include "model/range_coder.h"
#include "patch/sliver/profile.h"
#include "patch/sliver/setup.h"
#include "patch/sliver/sliver.h"
#include "patch/sliver/windows.h"
#include "patch/sliver/write_fast.h"
#include "patch/sliver/write_prices.h"
#include "patch/sliver/write_tiny.h"

namespace kerf::sliver {

namespace {

// Equal runs from here on become covers of their own that are copied without a look: three bytes
// of patch buy the decoder's speed.
constexpr std::size_t least_exact = 4096;

class CoverList {
 public:
  // Equal runs of `least_run` bytes become covers of their own.
  CoverList(Bytes from, Bytes to, std::size_t least_run)
      : from_(from), to_(to), least_run_(least_run) {}

  // Appends a copy, cut where it is exact for long.
  void add(std::uint64_t from, std::uint64_t to, std::uint64_t length) {
    if (length < least_run_) {
      put(from, to, length, false);
      return;
    }
    std::uint64_t begun = 0;
    for (std::uint64_t at = 0; at < length;) {
      const Bytes old_bytes =
          from_.subspan(static_cast<std::size_t>(from + at), static_cast<std::size_t>(length - at));
      const Bytes new_bytes =
          to_.subspan(static_cast<std::size_t>(to + at), static_cast<std::size_t>(length - at));
      const std::size_t run = common_prefix(old_bytes, new_bytes);
      if (run >= least_run_) {
        put(from + begun, to + begun, at - begun, false);
        put(from + at, to + at, run, true);
        begun = at + run;
      }
      at += run + 1;
    }
    put(from + begun, to + begun, length - begun, false);
  }
  std::vector<Cover> take() && { return std::move(covers_); }

 private:
  void put(std::uint64_t from, std::uint64_t to, std::uint64_t length, bool exact) {
    if (length > 0) {
      covers_.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to),
                         static_cast<std::uint32_t>(length), exact});
    }
  }
  Bytes from_;
  Bytes to_;
  std::size_t least_run_;
  std::vector<Cover> covers_;
};

// `cut`: where they are exact for long, they become covers of their own.
Result<std::vector<Cover>> covers_of(Bytes from, Bytes to, const Script& script, bool cut) {
  CoverList list(from, to, cut ? least_exact : to.size() + 1);
  std::uint64_t made = 0;
  for (const auto& piece : script) {
    const std::uint64_t length = std::visit([](const auto& any) { return any.length; }, piece);
    if (length > to.size() - made) {
      return Error(Code::bug, "a piece of the script leaves the target");
    }
    if (const auto* copy = std::get_if<Copy>(&piece)) {
      if (copy->from > from.size() || length > from.size() - copy->from) {
        return Error(Code::bug, "a copy of the script leaves the source");
      }
      list.add(copy->from, made, length);
    }
    made += length;
  }
  if (made != to.size()) {
    return Error(Code::bug, "the script does not cover the target");
  }
  return std::move(list).take();
}

// Devices that have only room for few covers have no larger images. Larger files are applied by
// hosts, and would pay dearly: four times the patch for some programs.
constexpr std::uint64_t largest_firmware = std::uint64_t{2} << 20;

// Leaves out the shortest covers until a device has room for all.
void limit_covers(std::vector<Cover>& covers) {
  if (covers.size() <= mcu::most_small_covers) {
    return;
  }
  std::vector<std::uint32_t> lengths;
  for (const Cover& cover : covers) {
    lengths.push_back(cover.length);
  }
  const auto last = lengths.begin() + mcu::most_small_covers;
  std::ranges::nth_element(lengths, last, std::greater<>());
  std::erase_if(covers, [least = *last](const Cover& cover) { return cover.length <= least; });
}

unsigned bits_of(std::uint64_t value) {
  unsigned bits = 0;
  for (; value > 1; value >>= 1) {
    ++bits;
  }
  return bits;
}

// One attempt at a patch.
class Trial {
 public:
  // `images`: null for a trial without references.
  Trial(Bytes from, Bytes to, const Header& header, const ImagePair* images)
      : from_(from), to_(to), header_(header), images_(images) {
    header_.image = images == nullptr    ? ImageKind::plain
                    : images->by_headers ? ImageKind::recognised
                                         : ImageKind::sent;
  }

  Result<std::vector<std::uint8_t>> run(std::vector<Cover> covers, const WriteOptions& options) {
    const MemorySource old_file(from_);
    refs::Destination destination;
    refs::Image image;
    image.pointer_size = 8;
    if (images_ != nullptr) {
      image = images_->old_image;
      refs::describe_destination(image, images_->new_image, destination);
    }
    header_.cover_count = static_cast<std::uint32_t>(covers.size());
    std::vector<std::uint8_t> map;
    model::RangeEncoder encoder(map);
    MapCodec codec;
    codec.code_covers(encoder, covers.data(), header_.cover_count);
    if (header_.image == ImageKind::sent) {
      codec.code_image(encoder, image);
    }
    codec.code_destination(encoder, image, destination);
    encoder.finish();
    header_.map_length = map.size();
    TRY_ASSIGN(const auto setup,
               Setup::make(old_file, header_, image, destination, std::move(covers)));
    std::vector<EncodedWindow> windows(header_.window_lengths.size());
    TRY(encode(setup->scene(), old_file, options, windows));
    for (std::size_t i = 0; i < windows.size(); ++i) {
      header_.window_lengths[i] = windows[i].section.size();
      tally_.gained += windows[i].tally.gained;
      tally_.lost += windows[i].tally.lost;
    }
    std::vector<std::uint8_t> patch = encode_header(header_);
    patch.insert(patch.end(), map.begin(), map.end());
    for (const auto& window : windows) {
      patch.insert(patch.end(), window.section.begin(), window.section.end());
    }
    return patch;
  }

  // After run(): would a trial without references be smaller? Surely not where predictions of
  // changes came true much more often than not.
  bool references_help() const { return tally_.gained > 16 && tally_.gained > 3 * tally_.lost; }

 private:
  Status encode(const Scene& scene, const MemorySource& old_file, const WriteOptions& options,
                std::vector<EncodedWindow>& windows) const {
    std::atomic<std::size_t> next{0};
    std::vector<std::optional<Error>> errors(windows.size());
    const auto work = [&] {
      for (std::size_t i = next++; i < windows.size(); i = next++) {
        const std::uint32_t begin = header_.window_begin(i);
        auto window = encode_window(scene, old_file,
                                    to_.subspan(begin, header_.window_begin(i + 1) - begin), begin);
        if (window) {
          windows[i] = *std::move(window);
        } else {
          errors[i].emplace(std::move(window).error());
        }
      }
    };
    std::vector<std::thread> workers;
    for (std::size_t i = 1; i < std::min<std::size_t>(options.threads, windows.size()); ++i) {
      workers.emplace_back(work);
    }
    work();
    for (std::thread& worker : workers) {
      worker.join();
    }
    for (auto& error : errors) {
      if (error) {
        return std::move(*error);
      }
    }
    return {};
  }

  Bytes from_;
  Bytes to_;
  Header header_;
  const ImagePair* images_;
  FieldTally tally_;
};

class SliverWriter final : public PatchWriter {
 public:
  std::string_view name() const override { return "sliver"; }
  std::string_view summary() const override {
    return "kerf's own: predicts moved references, smallest for programs and firmware";
  }
  std::span<const CostModel> price_sets() const override { return sliver::price_sets(); }
  bool predicts_references() const override { return true; }
  std::span<const std::string_view> profiles() const override {
    static const std::vector<std::string_view> names = [] {
      std::vector<std::string_view> made;
      for (const Profile& profile : sliver::profiles()) {
        made.push_back(profile.name);
      }
      made.push_back(tiny_name);
      return made;
    }();
    return names;
  }

  Status write(Bytes from, Bytes to, const Script& script, Sink& patch,
               const WriteOptions& options) const override {
    if (options.profile == tiny_name) {
      return write_tiny(from, to, script, patch, options);
    }
    const Profile* profile = find_profile(options.profile);
    if (profile == nullptr) {
      return Error(Code::unsupported, "sliver has no profile \"" + std::string(options.profile) +
                                          "\"; there are standard, max, small, fast, tiny");
    }
    if (from.size() > most_file_size || to.size() > most_file_size) {
      return Error(Code::unsupported,
                   "sliver takes files up to 2 GiB; choose another format, or cut the files");
    }
    const bool is_fast = profile->number == fast_profile;
    TRY_ASSIGN(auto covers, covers_of(from, to, script, !is_fast));
    if (profile->name == "small" && to.size() <= largest_firmware) {
      limit_covers(covers);
    }
    Header header;
    header.profile = profile->number;
    header.old_id = {from.size(), sha256(from)};
    header.new_id = {to.size(), sha256(to)};
    header.parameters = profile->parameters;
    header.window_lengths.resize((to.size() + profile->window - 1) / profile->window);
    TRY(notify(options.observer, "compress", 0, to.size()));
    const auto to_size = static_cast<std::uint32_t>(to.size());
    std::uint64_t literals = to.size();
    for (const Cover& cover : covers) {
      literals -= cover.length;
    }
    // An index of the old file costs the decoder a look at all of it: worth it only for literals.
    if (!is_fast && literals > from.size() / 512) {
      header.parameters.old_index_bits = static_cast<std::uint8_t>(
          std::min<unsigned>(profile->most_old_index_bits, bits_of(from.size())));
    }
    const auto attempt = [&](const ImagePair* images,
                             bool& help) -> Result<std::vector<std::uint8_t>> {
      if (is_fast) {
        WriteOptions with = options;
        with.images = images;
        // Large programs have references that help; the profile is chosen for its speed.
        help = images != nullptr && to.size() > largest_firmware;
        return fast::write(from, to, header, covers, with);
      }
      Trial trial(from, to, header, images);
      auto patch_bytes = trial.run(covers, options);
      help = trial.references_help();
      return patch_bytes;
    };
    std::optional<std::vector<std::uint8_t>> smallest;
    bool references_help = false;
    if (options.images != nullptr && refs::valid(options.images->new_image.map, to_size)) {
      TRY_ASSIGN(smallest, attempt(options.images, references_help));
    }
    if (!references_help) {
      bool unused = false;
      TRY_ASSIGN(auto plain, attempt(nullptr, unused));
      if (!smallest || plain.size() < smallest->size()) {
        smallest = std::move(plain);
      }
    }
    TRY(notify(options.observer, "compress", to.size(), to.size()));
    return patch.write(*smallest);
  }
};

}  // namespace

const PatchWriter& writer() {
  static const SliverWriter instance;
  return instance;
}

}  // namespace kerf::sliver
