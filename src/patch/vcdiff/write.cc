#include <algorithm>
#include <array>
#include <cassert>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/threads.h"
#include "patch/vcdiff/vcdiff.h"
#include "patch/vcdiff/write_parse.h"

namespace kerf::vcdiff {

namespace {

// No entropy coder follows: a literal is a byte whatever its value, a difference ends one copy and
// what is equal behind it starts another.
constexpr std::array sets{
    expand({8, 3072, 3584, 2048, 3584, 2048, 2048, 3072, 2048, 10240}),
};

// Cuts the script into what concerns the window at [start, start + length) of the target.
class Cutter {
 public:
  Cutter(Bytes from, const Script& script) : from_(from), script_(script) {}

  Result<std::vector<Resemblance>> next(std::uint64_t start, std::uint64_t length) {
    std::vector<Resemblance> parts;
    const std::uint64_t end = start + length;
    while (at_ < script_.size()) {
      const auto* copy = std::get_if<Copy>(&script_[at_]);
      const std::uint64_t size =
          copy != nullptr ? copy->length : std::get<Add>(script_[at_]).length;
      const std::uint64_t stop = std::min(end, position_ + size);
      if (copy != nullptr && stop > std::max(start, position_)) {
        if (copy->from > from_.size() || copy->length > from_.size() - copy->from) {
          return Error(Code::bug, "a copy of the script leaves the source");
        }
        parts.push_back({static_cast<std::size_t>(std::max(start, position_) - start),
                         static_cast<std::size_t>(stop - start),
                         static_cast<std::int64_t>(copy->from) -
                             static_cast<std::int64_t>(position_) +
                             static_cast<std::int64_t>(start)});
      }
      if (position_ + size > end) {
        break;
      }
      position_ += size;
      ++at_;
    }
    return parts;
  }

 private:
  Bytes from_;
  const Script& script_;
  std::size_t at_ = 0;
  std::uint64_t position_ = 0;  // in the target, of script_[at_]
};

// Parses and codes the windows, each on its own, so that threads can share the work; writes them in
// order.
class Windows {
 public:
  Windows(Bytes from, Bytes to, const Script& script, const Form& form, Sink& patch,
          const WriteOptions& options)
      : from_(from),
        to_(to),
        form_(form),
        cutter_(from, script),
        patch_(patch),
        options_(options),
        size_(static_cast<std::size_t>(form.window)),
        // xdelta3 wants a window, be it empty.
        count_(std::max<std::size_t>(1, to.size() / size_ + (to.size() % size_ != 0 ? 1 : 0))) {}

  Status run() {
    run_on_threads(std::min<std::size_t>(options_.threads, count_), [this] { work(); });
    return failed_ ? Status(std::move(*failed_)) : Status();
  }

 private:
  // So many coded windows may wait for one before them.
  std::size_t most_waiting() const { return 2 * std::size_t{options_.threads}; }

  Bytes window(std::size_t number) const {
    const std::size_t start = number * size_;
    return to_.subspan(start, std::min(size_, to_.size() - start));
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      moved_on_.wait(
          lock, [this] { return failed_ || next_ == count_ || next_ - written_ < most_waiting(); });
      if (failed_ || next_ == count_) {
        return;
      }
      const std::size_t number = next_++;
      const Bytes bytes = window(number);
      auto parts = cutter_.next(number * size_, bytes.size());
      if (!parts) {
        fail(std::move(parts).error());
        return;
      }
      lock.unlock();
      std::vector<std::uint8_t> coded;
      encode_window(bytes, parse_window(from_, bytes, *parts), form_, coded);
      lock.lock();
      coded_.emplace(number, std::move(coded));
      if (auto written = write_ready(); !written) {
        fail(std::move(written).error());
      }
      moved_on_.notify_all();
    }
  }

  Status write_ready() {
    while (!failed_ && coded_.contains(written_)) {
      TRY(patch_.write(coded_.extract(written_).mapped()));
      ++written_;
      TRY(notify(options_.observer, "encode",
                 std::min<std::uint64_t>(written_ * form_.window, to_.size()), to_.size()));
    }
    return {};
  }

  void fail(Error error) {
    if (!failed_) {
      failed_.emplace(std::move(error));
    }
    moved_on_.notify_all();
  }

  Bytes from_;
  Bytes to_;
  const Form& form_;
  Cutter cutter_;
  Sink& patch_;
  const WriteOptions& options_;
  std::size_t size_;
  std::size_t count_;
  std::mutex mutex_;                  // guards all that follows, cutter_ and patch_
  std::condition_variable moved_on_;  // written_ has grown, or it is over
  std::size_t next_ = 0;              // the first window that nobody works on
  std::size_t written_ = 0;           // so many are in the patch
  std::map<std::size_t, std::vector<std::uint8_t>> coded_;
  std::optional<Error> failed_;
};

class VcdiffWriter final : public PatchWriter {
 public:
  explicit VcdiffWriter(const Form& form) : form_(form) {}
  std::string_view name() const override { return "vcdiff"; }
  std::string_view summary() const override {
    return "VCDIFF (RFC 3284): applied by xdelta3, open-vcdiff, Software Updater";
  }
  // Whatever follows a window is taken for the next one.
  bool allows_trailer() const override { return false; }
  std::span<const CostModel> price_sets() const override { return sets; }

  Status write(Bytes from, Bytes to, const Script& script, Sink& patch,
               const WriteOptions& options) const override {
    TRY(patch.write(file_header(form_)));
    return Windows(from, to, script, form_, patch, options).run();
  }

 private:
  Form form_;
};

}  // namespace

const PatchWriter& writer() {
  static const VcdiffWriter instance{Form()};
  return instance;
}

std::unique_ptr<PatchWriter> writer_with(const Form& form) {
  assert(check_window(form));
  return std::make_unique<VcdiffWriter>(form);
}

Status check_window(const Form& form) {
  const std::uint64_t most = most_window_of(form);
  if (form.window < least_window || form.window > most) {
    return Error(Code::limit, "windows of " + std::to_string(form.window) + " bytes: " +
                                  std::to_string(least_window) + " to " + std::to_string(most) +
                                  " are possible; some decoders refuse larger ones");
  }
  return {};
}

Result<Form> form_of(std::string_view profile) {
  if (profile == "updater") {
    return Form();
  }
  if (profile == "xdelta3") {
    return Form{.checksum = true};
  }
  if (profile == "open-vcdiff") {
    return Form{.sdch = true, .checksum = true};
  }
  return Error(Code::unsupported, "no VCDIFF profile \"" + std::string(profile) +
                                      "\"; there are updater, xdelta3 and open-vcdiff");
}

}  // namespace kerf::vcdiff
