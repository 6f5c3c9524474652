#include "apps/diff_creator/create.h"

#include <algorithm>
#include <limits>

#include "apps/common/make_patch.h"
#include "apps/common/text.h"
#include "apps/diff_creator/device_check.h"
#include "io/file.h"
#include "sim/pycom/esp_image.h"

namespace kerf::diff_creator {

namespace {

using apps::grouped;

// Of the 4 MiB of PSRAM: the rest is for what else the firmware keeps there.
constexpr std::uint64_t psram_budget = 3'500'000;
// Above this, three streams do not fit beside each other.
constexpr int highest_level = 4;
constexpr std::uint64_t engine_memory = std::uint64_t{1} << 30;

class Job {
 public:
  explicit Job(const Options& options)
      : options_(options), layout_(pycom::layout_of(options.board)) {}

  Result<Created> run() {
    std::optional<trust::PrivateKey> key;
    if (!options_.key_path.empty()) {
      TRY_ASSIGN(key, trust::load_private_key(options_.key_path));
    }
    TRY_ASSIGN(const io::MappedFile source, io::MappedFile::open(options_.source_path));
    TRY_ASSIGN(const io::MappedFile target, io::MappedFile::open(options_.target_path));
    created_.source_size = source.bytes().size();
    created_.target_size = target.bytes().size();
    TRY(check_sizes());
    TRY(check_source(source.bytes()));
    TRY(check_target(target.bytes()));
    for (int level = highest_level;; --level) {
      TRY_ASSIGN(const auto out, apps::Output::create(options_.patch_path, true));
      const auto writer = bsdiff::writer_with_level(level);
      const apps::MakeOptions make{.memory = engine_memory,
                                   .threads = 1,
                                   .observer = options_.observer,
                                   .trailer = options_.trailer,
                                   .key = key ? &*key : nullptr};
      TRY(apps::make_patch(source.bytes(), target.bytes(), *writer, make, *out));
      TRY_ASSIGN(const auto patch, out->read_back());
      TRY_ASSIGN(created_.need, pycom::examine_need(*patch));
      if (created_.need.psram > psram_budget && level > 1) {
        continue;  // smaller blocks cost bytes, but less memory
      }
      created_.patch_size = out->size();
      TRY(check_patch(*patch, source.bytes(), target.bytes()));
      TRY(out->commit());
      return std::move(created_);
    }
  }

 private:
  // A reason why the device would not do what is wanted.
  Status object(Code code, std::string what) {
    if (!options_.force) {
      return Error(code, std::move(what));
    }
    created_.warnings.push_back(std::move(what));
    return {};
  }

  Status check_sizes() {
    if (created_.source_size > layout_.slot_size) {
      TRY(object(Code::limit, options_.source_path + ": " + grouped(created_.source_size) +
                                  " bytes cannot be what is in a slot of " +
                                  grouped(layout_.slot_size)));
    }
    for (const pycom::Board board : {pycom::Board::flash_8mb, pycom::Board::flash_4mb}) {
      const pycom::Layout& layout = pycom::layout_of(board);
      if (created_.target_size <= layout.largest_target()) {
        continue;
      }
      const std::string what =
          options_.target_path + ": " + grouped(created_.target_size) + " bytes; on " +
          std::string(layout.name) + " boards at most " + grouped(layout.largest_target()) +
          " are possible: beyond, the updater erases what lies behind the slot of " +
          grouped(layout.slot_size);
      if (board == options_.board) {
        TRY(object(Code::limit, what));
      } else {
        created_.notes.push_back(what);
      }
    }
    if (layout_.psram_size == 0) {
      created_.notes.push_back(std::string(layout_.name) +
                               " boards have no PSRAM as sold: only one that has been given some "
                               "can apply a patch");
    }
    return {};
  }

  Status check_source(Bytes source) {
    if (auto image = pycom::verify_esp_image(MemorySource(source)); !image) {
      source_boots_ = false;
      TRY(object(image.error().code(), options_.source_path + ": " + image.error().text() +
                                           ": not what runs on the device"));
    }
    return {};
  }

  Status check_target(Bytes target) {
    const auto image = pycom::verify_esp_image(MemorySource(target));
    std::string fault;
    if (!image) {
      fault = options_.target_path + ": " + image.error().text();
    } else if (!image->hash) {
      fault = options_.target_path +
              ": the image carries no SHA-256 (byte 23 is 0): the "
              "bootloader could not tell a good result from a bad one";
    } else if (image->length < target.size()) {
      created_.notes.push_back(options_.target_path + ": " +
                               grouped(target.size() - image->length) +
                               " bytes follow the end of the image");
    }
    target_boots_ = image.has_value();
    if (fault.empty()) {
      return {};
    }
    if (options_.allow_any_target) {
      created_.warnings.push_back(std::move(fault));
      return {};
    }
    return object(image ? Code::unsupported : image.error().code(), std::move(fault));
  }

  Status check_patch(const Source& patch, Bytes source, Bytes target) {
    if (created_.need.psram > psram_budget) {
      TRY(object(Code::limit, "the device would need " + grouped(created_.need.psram) +
                                  " bytes of PSRAM to apply the patch, " + grouped(psram_budget) +
                                  " are reckoned with; send the full image instead"));
    }
    if (created_.patch_size > layout_.largest_target()) {
      TRY(object(Code::limit, "the patch has " + grouped(created_.patch_size) +
                                  " bytes and does not fit into a slot; send the full image "
                                  "instead"));
    }
    if (!source_boots_ || created_.source_size > layout_.slot_size) {
      created_.notes.emplace_back(
          "not tried on the device model: it does not start from this source");
      return {};
    }
    TRY_ASSIGN(const std::vector<std::uint8_t> bytes, read_all(patch, patch.size()));
    const DeviceCheck check{options_.board, source, target, target_boots_};
    TRY_ASSIGN(const DeviceAnswer stock, try_on_device(check, bytes, pycom::Mode::stock));
    created_.measured_psram = stock.psram_peak;
    if (!stock.refusal.empty()) {
      TRY(object(Code::mismatch, "the device model does not apply the patch: " + stock.refusal));
    }
    TRY_ASSIGN(const DeviceAnswer ours, try_on_device(check, bytes, pycom::Mode::kerf));
    created_.kerf_updater_refuses = ours.refusal;
    return {};
  }

  const Options& options_;
  const pycom::Layout& layout_;
  Created created_;
  bool source_boots_ = true;
  bool target_boots_ = true;
};

}  // namespace

Result<Created> create(const Options& options) {
  return Job(options).run();
}

}  // namespace kerf::diff_creator
