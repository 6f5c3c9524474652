#include "patch/vcdiff/decode.h"

#include <algorithm>
#include <cstring>

#include "patch/vcdiff/address_cache.h"
#include "patch/vcdiff/adler32.h"
#include "patch/vcdiff/section.h"

namespace kerf::vcdiff {

namespace {

// Instructions that make nothing are legal, and packed sections can hold billions of them. A window
// may have as many as it has bytes, and this many more.
constexpr std::uint64_t spare_empty = 4096;
// The observer is asked this often, in instructions.
constexpr std::uint64_t observe_interval = std::uint64_t{1} << 16;
// No instruction takes more: its code, and twice a size.
constexpr std::uint64_t most_code_bytes = 21;
constexpr std::uint64_t most_address_bytes = 10;
// For the old file. More would hardly save reads.
constexpr std::uint64_t most_cache = std::uint64_t{8} << 20;

// Writes `length` bytes at bytes[at] that repeat bytes[from], which lies before; they may overlap.
void repeat(MutBytes bytes, std::size_t from, std::size_t at, std::size_t length) {
  std::size_t copied = 0;
  while (copied < length) {
    // What has been written has the same period, so each turn can take twice as much.
    const std::size_t part = std::min(length - copied, at - from + copied);
    std::memcpy(bytes.data() + at + copied, bytes.data() + from, part);
    copied += part;
  }
}

class Decoder {
 public:
  Decoder(BlockCache& patch, const Survey& all, const Source* from, Sink* to,
          const DecodeOptions& options)
      : patch_(patch),
        all_(all),
        options_(options),
        from_(from),
        to_(to),
        headers_(patch, options.strict),
        unpacking_{options.memory},
        sections_{Section(patch, unpacking_, "data section", options.strict),
                  Section(patch, unpacking_, "instruction section", options.strict),
                  Section(patch, unpacking_, "address section", options.strict)} {}

  Result<Counts> run() {
    if (to_ != nullptr) {
      buffer_ = LargeBuffer(static_cast<std::size_t>(all_.largest_window));
      kept_.resize(static_cast<std::size_t>(all_.kept.length));
    }
    std::uint64_t position = all_.file.length;
    for (; position < patch_.size(); ++number_) {
      auto window = headers_.window(all_.file, position);
      if (!window) {
        return std::move(window).error().in(window_name(number_));
      }
      if (auto done = run(*window); !done) {
        return std::move(done).error().in(window_name(number_));
      }
      position = window->end;
      if (to_ != nullptr) {
        const MutBytes made = buffer_.view().first(made_);
        keep(made);
        if (options_.visitor != nullptr) {
          TRY(options_.visitor->window(made, instructions_));
        }
        TRY(to_->write(made));
      }
      before_ += made_;
      TRY(notify(options_.observer, "apply", before_, all_.new_size));
    }
    counts_.unpacking_memory = unpacking_.taken;
    for (const Section& section : sections_) {
      counts_.padded = counts_.padded || section.padded();
    }
    return counts_;
  }

 private:
  // Unpacking goes first: the cache, which only makes things faster, gets what is left.
  void fit_cache() {
    cache_fits_ = unpacking_.taken;
    const std::uint64_t left = unpacking_.permitted - std::min(unpacking_.permitted, cache_fits_);
    source_.emplace(*from_, BlockCache::scattered_block,
                    std::clamp(left, BlockCache::least_memory, most_cache));
  }

  Status run(const WindowHeader& window) {
    // The file might have changed since it was surveyed.
    if (window.target_length > all_.largest_window ||
        window.target_length > all_.new_size - before_) {
      return Error(Code::io, "the patch changed while it was read").at(window.target_length_at);
    }
    length_ = static_cast<std::size_t>(window.target_length);
    made_ = 0;
    empty_ = 0;
    segment_ = window.segment;
    from_target_ = (window.indicator & window_target) != 0;
    addresses_ = {};
    instructions_.clear();
    TRY(open(window));
    while (codes().remaining() > 0) {
      code_at_ = codes().offset();
      const Entry& entry = default_table[codes().byte()];
      TRY(step(entry.first));
      if (entry.second.type != Type::noop) {
        TRY(step(entry.second));
      }
      if (++steps_ % observe_interval == 0) {
        TRY(notify(options_.observer, "apply", before_ + made_, all_.new_size));
      }
    }
    TRY(codes().status());
    if (made_ != length_) {
      return Error(Code::corrupt, "the instructions make " + std::to_string(made_) + " of " +
                                      std::to_string(length_) + " bytes")
          .at(codes().offset());
    }
    for (Section& section : sections_) {
      TRY(section.finish());
    }
    return check_sum(window);
  }

  Status open(const WindowHeader& window) {
    const std::uint64_t steps = 2 * window.target_length + spare_empty;
    const std::array<std::uint64_t, section_count> most{
        window.target_length, steps * most_code_bytes, steps * most_address_bytes};
    for (std::size_t i = 0; i < section_count; ++i) {
      if ((window.delta_indicator >> i & 1U) == 0) {
        sections_[i].open_stored(window.sections[i]);
      } else {
        TRY(sections_[i].open_packed(window.sections[i], most[i]));
      }
    }
    interleaved_ = window.interleaved;
    return {};
  }

  Section& codes() { return sections_[1]; }
  Section& data() { return sections_[interleaved_ ? 1 : 0]; }
  Section& address_bytes() { return sections_[interleaved_ ? 1 : 2]; }

  Error fault(std::string_view field, std::uint64_t value, std::string_view why) const {
    return Error(Code::corrupt,
                 std::string(field) + " " + std::to_string(value) + " " + std::string(why))
        .at(code_at_);
  }

  Status step(const Half& half) {
    std::uint64_t size = half.size;
    if (size == 0) {
      size = codes().number("instruction size");
    }
    if (codes().failed()) {
      return codes().status();
    }
    if (size > length_ - made_) {
      return fault("instruction size", size,
                   "passes the target window (" + std::to_string(length_ - made_) + " bytes left)");
    }
    if (size == 0 && ++empty_ > length_ + spare_empty) {
      return fault("empty instruction number", empty_, "is more than a window may hold");
    }
    const auto count = static_cast<std::size_t>(size);
    if (options_.visitor != nullptr && count > 0) {
      TRY(note({half.type, false, 0, count}));
    }
    switch (half.type) {
      case Type::noop:
        return {};
      case Type::add:
        return add(count);
      case Type::run:
        return run_of(count);
      case Type::copy:
        return copy(half.mode, count);
    }
    return {};
  }

  // Remembers an instruction for the visitor. A copy finishes it.
  Status note(const Instruction& instruction) {
    if ((instructions_.size() + 1) * sizeof(Instruction) > options_.memory) {
      return Error(Code::limit, "the instructions of this window take more than the permitted " +
                                    std::to_string(options_.memory) + " bytes of memory")
          .at(code_at_);
    }
    instructions_.push_back(instruction);
    return {};
  }

  void note_origin(std::uint64_t at) {
    Instruction& copy = instructions_.back();
    if (at >= segment_.length) {
      copy.from = at - segment_.length;
    } else if (from_target_) {
      copy.type = Type::add;
    } else {
      copy.from_source = true;
      copy.from = segment_.offset + at;
    }
  }

  Status add(std::size_t size) {
    ++counts_.adds;
    counts_.add_bytes += size;
    if (to_ != nullptr) {
      data().read(buffer_.view().subspan(made_, size));
    } else {
      data().skip(size);
    }
    made_ += size;
    return data().failed() ? data().status() : Status();
  }

  Status run_of(std::size_t size) {
    ++counts_.runs;
    counts_.run_bytes += size;
    const std::uint8_t value = data().byte();
    if (data().failed()) {
      return data().status();
    }
    if (to_ != nullptr && size > 0) {
      std::memset(buffer_.data() + made_, value, size);
    }
    made_ += size;
    return {};
  }

  Result<std::uint64_t> address(unsigned mode, std::uint64_t here) {
    Section& bytes = address_bytes();
    std::uint64_t value = 0;
    std::uint64_t base = 0;
    if (mode >= first_same_mode) {
      value = addresses_.same(std::size_t{mode - first_same_mode} * 256 + bytes.byte());
    } else {
      value = bytes.number("COPY address");
      if (mode >= first_near_mode) {
        base = addresses_.near(mode - first_near_mode);
      }
    }
    if (bytes.failed()) {
      return std::move(bytes.status()).error();
    }
    constexpr unsigned mode_here = 1;
    if (mode == mode_here) {
      if (value > here || value == 0) {
        return fault("COPY distance", value,
                     "is not between 1 and the present position " + std::to_string(here));
      }
      value = here - value;
    }
    if (value >= here || base >= here - value) {
      return fault("COPY address", value,
                   (base == 0 ? std::string() : "beyond " + std::to_string(base) + " ") +
                       "is not before the present position " + std::to_string(here));
    }
    return base + value;
  }

  Status copy(unsigned mode, std::size_t size) {
    const std::uint64_t here = segment_.length + made_;
    TRY_ASSIGN(const std::uint64_t at, address(mode, here));
    addresses_.update(at);
    if (options_.visitor != nullptr && size > 0) {
      note_origin(at);
    }
    if (at >= segment_.length) {
      ++counts_.target_copies;
      counts_.target_bytes += size;
      if (to_ != nullptr) {
        repeat(buffer_.view(), static_cast<std::size_t>(at - segment_.length), made_, size);
      }
      made_ += size;
      return {};
    }
    if (size > segment_.length - at) {
      return fault("COPY size", size,
                   "at address " + std::to_string(at) +
                       " runs over the end of the source segment (" +
                       std::to_string(segment_.length) + " bytes)");
    }
    ++counts_.source_copies;
    counts_.source_bytes += size;
    if (to_ != nullptr) {
      const MutBytes out = buffer_.view().subspan(made_, size);
      if (!from_target_) {
        if (!source_ || cache_fits_ != unpacking_.taken) {
          fit_cache();
        }
        TRY(source_->read_at(segment_.offset + at, out));
      } else if (size > 0) {
        const std::uint64_t start = segment_.offset - all_.kept.offset + at;
        std::memcpy(out.data(), kept_.data() + start, size);
      }
    }
    made_ += size;
    return {};
  }

  // Stores what later windows read of the target window just made.
  void keep(Bytes made) {
    const std::uint64_t start = std::max(before_, all_.kept.offset);
    const std::uint64_t end = std::min(before_ + made.size(), all_.kept.offset + all_.kept.length);
    if (start < end) {
      std::memcpy(kept_.data() + (start - all_.kept.offset), made.data() + (start - before_),
                  static_cast<std::size_t>(end - start));
    }
  }

  Status check_sum(const WindowHeader& window) {
    if (!window.checksum || to_ == nullptr) {
      return {};
    }
    const std::uint32_t start = all_.file.sdch ? sdch_checksum_start : checksum_start;
    const std::uint32_t found = adler32(start, buffer_.view().first(made_));
    if (found != *window.checksum) {
      return Error(Code::mismatch, "checksum is " + std::to_string(found) + ", expected " +
                                       std::to_string(*window.checksum) +
                                       "; the old file is not the one the patch was made for, or "
                                       "the patch is damaged")
          .at(window.checksum_at);
    }
    return {};
  }

  BlockCache& patch_;
  const Survey& all_;
  const DecodeOptions& options_;
  const Source* from_;
  std::optional<BlockCache> source_;  // of from_
  std::uint64_t cache_fits_ = 0;      // what unpacking took when it was made
  Sink* to_;
  HeaderReader headers_;
  UnpackingMemory unpacking_;
  std::array<Section, section_count> sections_;
  LargeBuffer buffer_;              // the target window
  std::vector<std::uint8_t> kept_;  // all_.kept
  Counts counts_;
  std::uint64_t number_ = 0;  // of the window
  std::uint64_t before_ = 0;  // bytes of all windows before
  std::uint64_t steps_ = 0;

  // Of the present window:
  std::size_t length_ = 0;
  std::size_t made_ = 0;
  std::uint64_t empty_ = 0;
  Extent segment_;
  bool from_target_ = false;
  bool interleaved_ = false;
  std::uint64_t code_at_ = 0;  // offset in the patch of the present code
  AddressCache addresses_;
  std::vector<Instruction> instructions_;  // for the visitor
};

}  // namespace

Result<Counts> decode(BlockCache& patch, const Survey& all, const Source* from, Sink* to,
                      const DecodeOptions& options) {
  return Decoder(patch, all, from, to, options).run();
}

}  // namespace kerf::vcdiff
