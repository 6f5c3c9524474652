#include "publish/package_list/deltas.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "base/json.h"
#include "diff/engine.h"
#include "io/file.h"
#include "io/folder.h"
#include "io/hash_source.h"
#include "patch/vcdiff/vcdiff.h"
#include "plan/choose.h"
#include "publish/package_list/layout.h"

namespace kerf::publish {

namespace {

// What the strict reader may take: its windows are bounded by the profile.
constexpr std::uint64_t apply_memory = std::uint64_t{256} << 20;

std::string pair_name(const DeltaWish& wish) {
  return wish.package + " " + wish.from.version + " -> " + wish.to.version;
}

Status apply_and_compare(const Source& source, const Source& delta, const BlobId& target) {
  HashingSink made(nullptr);
  const ApplyOptions options{.limits = {target.size, apply_memory, 1},
                             .old_sha256 = {},
                             .new_sha256 = {},
                             .observer = nullptr};
  TRY(vcdiff::updater_reader().apply(source, delta, made, options));
  if (made.finish() != target) {
    return Error(Code::mismatch, "the delta applies, but what comes out is not the package");
  }
  return {};
}

// A delta from anything but what devices have would be worse than none.
Status check_unchanged(Bytes bytes, const PublishedVersion& version) {
  TRY_ASSIGN(const BlobId id, identify(MemorySource(bytes), nullptr));
  if (id != version.id) {
    return Error(Code::mismatch,
                 "the package is no longer what was published: put the right one back, or "
                 "publish this one as another version")
        .in(version.file);
  }
  return {};
}

Result<KnownDelta> make_one(const std::string& repository, const DeltaWish& wish,
                            std::uint64_t memory) {
  const std::string path = repository + "/" + wish.file;
  TRY_ASSIGN(const io::MappedFile from, io::MappedFile::open(repository + "/" + wish.from.file));
  TRY_ASSIGN(const io::MappedFile to, io::MappedFile::open(repository + "/" + wish.to.file));
  TRY(check_unchanged(from.bytes(), wish.from));
  TRY(check_unchanged(to.bytes(), wish.to));
  TRY(io::make_directories(io::directory_of(path)));
  TRY_ASSIGN(const auto out, io::OutputFile::create(path, true));
  HashingSink hashed(out.get());
  TRY(plan::write_smallest(from.bytes(), to.bytes(), suffix_engine(), vcdiff::writer(),
                           {memory, 1, nullptr, {}}, hashed));
  KnownDelta delta{wish.from.id.sha256, wish.to.id.sha256, true, hashed.finish()};
  TRY_ASSIGN(const auto written, out->read_back());
  if (auto checked = apply_and_compare(MemorySource(from.bytes()), *written, wish.to.id);
      !checked) {
    if (checked.error().code() == Code::io) {
      return std::move(checked).error();
    }
    return Error(Code::bug, "the delta was made but failed its check, so it was dropped (" +
                                checked.error().text() +
                                "); please report this with the two files");
  }
  if (delta.id.size >= wish.to.id.size && !wish.even_if_larger) {
    delta.kept = false;
    delta.id.sha256 = {};
    return delta;
  }
  TRY(out->commit());
  return delta;
}

// What is known of the wish already: from the state, or from a file that an interrupted run left.
Result<std::optional<KnownDelta>> find_present(const std::string& repository, const DeltaWish& wish,
                                               const KnownDelta* known) {
  const bool same_pair = known != nullptr && known->source == wish.from.id.sha256 &&
                         known->target == wish.to.id.sha256;
  if (same_pair && !known->kept) {
    return wish.even_if_larger ? std::optional<KnownDelta>() : *known;
  }
  const std::string path = repository + "/" + wish.file;
  if (!io::exists(path)) {
    return std::optional<KnownDelta>();
  }
  TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
  TRY_ASSIGN(const BlobId id, identify(file, nullptr));
  if (same_pair && known->id == id) {
    return std::optional(*known);
  }
  const std::string source = repository + "/" + wish.from.file;
  TRY_ASSIGN(const bool genuine, holds(source, wish.from.id, nullptr));
  const bool smaller = id.size < wish.to.id.size || wish.even_if_larger;
  if (genuine && smaller && check_delta(source, path, wish.to.id)) {
    return std::optional(KnownDelta{wish.from.id.sha256, wish.to.id.sha256, true, id});
  }
  return std::optional<KnownDelta>();
}

// The wishes and what became of them, shared by the threads.
class Work {
 public:
  Work(const std::string& repository, const std::vector<DeltaWish>& wishes,
       const DeltaOptions& options, State& state)
      : repository_(repository), wishes_(wishes), options_(options), state_(state) {}

  Result<DeltaCount> run() && {
    std::vector<std::size_t> all(wishes_.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i] = i;
    }
    const auto workers =
        std::max<std::size_t>(1, std::min<std::size_t>(options_.threads, all.size()));
    TRY(run_some(all, workers));
    // What did not fit into a share of the memory may fit into all of it.
    TRY(run_some(std::exchange(too_large_, {}), 1));
    TRY(notify(options_.observer, "deltas", wishes_.size(), wishes_.size()));
    return count_;
  }

 private:
  Status run_some(const std::vector<std::size_t>& numbers, std::size_t workers) {
    next_ = 0;
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < workers; ++i) {
      threads.emplace_back([&] { work(numbers, workers); });
    }
    work(numbers, workers);
    for (std::thread& thread : threads) {
      thread.join();
    }
    if (error_) {
      return std::move(*error_);
    }
    return {};
  }

  void work(const std::vector<std::size_t>& numbers, std::size_t workers) {
    for (std::size_t i = next_++; i < numbers.size() && !failed_; i = next_++) {
      if (auto done = one(numbers[i], workers); !done) {
        fail(std::move(done).error().in(pair_name(wishes_[numbers[i]])));
      }
    }
  }

  Status one(std::size_t number, std::size_t workers) {
    const DeltaWish& wish = wishes_[number];
    std::optional<KnownDelta> known;
    {
      const std::lock_guard lock(mutex_);
      TRY(notify(options_.observer, "deltas", done_, wishes_.size()));
      if (const auto found = state_.deltas.find(wish.file); found != state_.deltas.end()) {
        known = found->second;
      }
    }
    TRY_ASSIGN(const auto present, find_present(repository_, wish, known ? &*known : nullptr));
    if (present) {
      return remember(wish, *present, present->kept ? &DeltaCount::kept : &DeltaCount::not_smaller);
    }
    auto made = make_one(repository_, wish, options_.memory / workers);
    if (!made && made.error().code() == Code::limit && workers > 1) {
      const std::lock_guard lock(mutex_);
      too_large_.push_back(number);
      return {};
    }
    if (!made) {
      return std::move(made).error();
    }
    return remember(wish, *made, made->kept ? &DeltaCount::made : &DeltaCount::not_smaller);
  }

  Status remember(const DeltaWish& wish, const KnownDelta& delta,
                  std::size_t DeltaCount::*counter) {
    const std::lock_guard lock(mutex_);
    ++(count_.*counter);
    ++done_;
    KnownDelta& place = state_.deltas[wish.file];
    if (place != delta) {
      place = delta;
      TRY(state_.save(repository_));
    }
    if (!delta.kept) {
      // Left by an earlier pair of the same name.
      TRY(io::remove(repository_ + "/" + wish.file));
    }
    return {};
  }

  void fail(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) {
      error_.emplace(std::move(error));
    }
    failed_ = true;
  }

  const std::string& repository_;
  const std::vector<DeltaWish>& wishes_;
  const DeltaOptions& options_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;  // guards everything below, and the observer
  State& state_;
  DeltaCount count_;
  std::size_t done_ = 0;
  std::vector<std::size_t> too_large_;
  std::optional<Error> error_;
};

}  // namespace

Result<DeltaCount> make_deltas(const std::string& repository, const std::vector<DeltaWish>& wishes,
                               const DeltaOptions& options, State& state) {
  return Work(repository, wishes, options, state).run();
}

Status check_delta(const std::string& source, const std::string& delta, const BlobId& target) {
  TRY_ASSIGN(const io::FileSource old_file, io::FileSource::open(source));
  TRY_ASSIGN(const io::FileSource patch, io::FileSource::open(delta));
  return apply_and_compare(old_file, patch, target);
}

}  // namespace kerf::publish
