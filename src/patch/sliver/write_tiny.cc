#include "patch/sliver/write_tiny.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "mcu/kerf_mcu.h"
#include "patch/sliver/write_tiny_header.h"
#include "patch/sliver/write_tiny_map.h"
#include "patch/sliver/write_tiny_parse.h"

namespace kerf::sliver {

namespace tiny {
namespace {

constexpr unsigned rounds = 3;

std::vector<Cover> covers_of(const Script& script) {
  std::vector<Cover> covers;
  std::uint64_t made = 0;
  for (const auto& piece : script) {
    const std::uint64_t length = std::visit([](const auto& any) { return any.length; }, piece);
    if (const auto* copy = std::get_if<Copy>(&piece)) {
      covers.push_back({static_cast<std::uint32_t>(copy->from), static_cast<std::uint32_t>(made),
                        static_cast<std::uint32_t>(length), false});
    }
    made += length;
  }
  return covers;
}

class Trial {
 public:
  Trial(Bytes from, Bytes to, std::span<const Cover> covers, const Matches& matches)
      : from_(from), to_(to), covers_(covers), matches_(matches) {}

  std::vector<std::uint8_t> run(const Header& header) const {
    std::vector<std::uint8_t> patch = encode_header(header);
    const std::uint64_t size = std::uint64_t{1} << header.window_bits;
    for (std::uint64_t at = 0; at < to_.size(); at += size) {
      const auto begin = static_cast<std::uint32_t>(at);
      const auto end = static_cast<std::uint32_t>(std::min<std::uint64_t>(to_.size(), at + size));
      const auto section = window(header.image, begin, end);
      put_window(section, to_.subspan(begin, end - begin), patch);
    }
    return patch;
  }

 private:
  std::vector<std::uint8_t> window(const mcu::TinyImage& image, std::uint32_t begin,
                                   std::uint32_t end) const {
    const Files files{from_, to_, image};
    const auto machine = std::make_unique<Machine>();
    machine->reset();
    std::vector<std::uint32_t> costs(covers_.size(), 0);
    std::vector<std::uint8_t> best;
    for (unsigned round = 0; round < rounds; ++round) {
      const auto operations = parse(files, matches_, covers_, costs, *machine, begin, end);
      std::vector<std::uint32_t> prices;
      auto section = encode_window(files, operations, *machine, prices);
      std::size_t cover = 0;
      for (std::size_t i = 0; i < operations.size(); ++i) {
        while (cover < covers_.size() && covers_[cover].to < operations[i].to) {
          ++cover;
        }
        if (operations[i].op == mcu::Op::cover && cover < covers_.size() &&
            covers_[cover].to == operations[i].to) {
          costs[cover] = std::max(1U, prices[i]);
        }
      }
      if (best.empty() || section.size() < best.size()) {
        best = std::move(section);
      }
    }
    return best;
  }

  Bytes from_;
  Bytes to_;
  std::span<const Cover> covers_;
  const Matches& matches_;
};

}  // namespace
}  // namespace tiny

Status write_tiny(Bytes from, Bytes to, const Script& script, Sink& patch,
                  const WriteOptions& options, unsigned window_bits) {
  constexpr std::size_t most = 0x7FFFFFFF;
  if (from.size() > most || to.size() > most) {
    return Error(Code::unsupported,
                 "sliver takes files up to 2 GiB; choose another format, or cut the files");
  }
  TRY(notify(options.observer, "compress", 0, to.size()));
  const auto covers = tiny::covers_of(script);
  const tiny::Matches matches(from, to);
  const tiny::Trial trial(from, to, covers, matches);
  tiny::Header header;
  header.window_bits = static_cast<std::uint8_t>(window_bits);
  header.old_id = {from.size(), sha256(from)};
  header.new_id = {to.size(), sha256(to)};
  std::vector<std::uint8_t> smallest;
  for (const ImagePair* images : {options.images, static_cast<const ImagePair*>(nullptr)}) {
    tiny::describe(images, header.image);
    unsigned breaks = mcu::most_breaks;
    do {
      tiny::choose_breaks(from, covers, breaks, header.image);
      breaks /= 2;
    } while (tiny::encode_header(header).size() > mcu::most_header);
    auto made = trial.run(header);
    if (smallest.empty() || made.size() < smallest.size()) {
      smallest = std::move(made);
    }
    if (images == nullptr) {
      break;
    }
  }
  TRY(notify(options.observer, "compress", to.size(), to.size()));
  return patch.write(smallest);
}

}  // namespace kerf::sliver
