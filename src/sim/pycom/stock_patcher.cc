// The fielded patcher: 32-bit integers, a flash that is read and written without bounds, and checks
// that compare unsigned numbers with zero (those are left out: they can never act).
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "sim/pycom/bz_stream.h"
#include "sim/pycom/stock_updater.h"

namespace kerf::pycom {

namespace {

constexpr std::size_t header_size = 32;
constexpr int buffer_size = static_cast<int>(fielded_buffer);
constexpr int flash_unit = 512;  // bytes read from or written to flash at a time

std::string number(std::int64_t value) {
  return std::to_string(value);
}

// What the CPU sees from `start` on when a stream is said to lie there: the patch, then other PSRAM
// (zeros in this model), then nothing.
struct PsramView {
  std::vector<std::uint8_t> beyond;  // the patch's tail and zeros, when a stream leaves the patch
  bool faults = false;               // the CPU cannot read there
  Bytes bytes;
};

PsramView psram_view(Bytes patch, std::uint32_t start, std::uint32_t length,
                     std::uint32_t capacity) {
  PsramView view;
  if (start > capacity) {
    view.faults = true;
    return view;
  }
  const std::uint32_t visible = std::min(length, capacity - start);
  if (start <= patch.size() && visible <= patch.size() - start) {
    view.bytes = patch.subspan(start, visible);
    return view;
  }
  view.beyond.resize(visible);
  if (start < patch.size()) {
    const Bytes tail = patch.subspan(start);
    std::copy_n(tail.begin(), std::min<std::size_t>(tail.size(), visible), view.beyond.begin());
  }
  view.bytes = view.beyond;
  return view;
}

}  // namespace

std::int32_t fielded_integer(const std::uint8_t* at) {
  const std::uint32_t magnitude = load_le32(at);
  return static_cast<std::int32_t>((at[7] & 0x80U) != 0 ? 0U - magnitude : magnitude);
}

StockUpdater::Patched StockUpdater::patch() {
  machine_.print("Patching the binary...");
  const std::uint32_t patch_address = next_slot_address();
  const Patched result =
      run_patcher(machine_.layout().slot_offset(at_.boot_info.active_slot()), patch_address);
  if (result == Patched::crashed) {
    return result;
  }
  if (result == Patched::yes) {
    switch_slots();
  } else {
    at_.boot_info.set(ImageStatus::ready);
  }
  (void)machine_.write_boot_info(at_.boot_info).has_value();
  at_.offset = 0;
  return result;
}

StockUpdater::Patched StockUpdater::run_patcher(std::uint32_t old_address,
                                                std::uint32_t patch_address) {
  const std::uint32_t patch_size = at_.boot_info.size;
  std::array<std::uint8_t, header_size> header{};
  if (!machine_.flash.read(patch_address, header)) {
    machine_.print("Error while reading patch file header");
    return Patched::no;
  }
  if (!std::ranges::equal(Bytes(header).first(8), as_bytes("BSDIFF40"))) {
    machine_.print("Invalid header");
    return Patched::no;
  }
  const auto control_size = static_cast<std::uint32_t>(fielded_integer(&header[8]));
  const auto diff_size = static_cast<std::uint32_t>(fielded_integer(&header[16]));
  const auto new_size = static_cast<std::uint32_t>(fielded_integer(&header[24]));
  const std::uint32_t diff_start = header_size + control_size;
  const std::uint32_t extra_start = diff_start + diff_size;
  const std::uint32_t extra_size = patch_size - extra_start;  // wraps if the patch is cut short

  Psram psram(machine_.hardware.psram);
  struct Report {  // whatever way this function ends
    Psram& psram;
    std::uint64_t& peak;
    ~Report() { peak = psram.peak(); }
  } const report{psram, machine_.psram_peak};

  auto* const patch_bytes = static_cast<std::uint8_t*>(psram.allocate(patch_size, patch_size));
  if (patch_bytes == nullptr) {
    machine_.print("Failed to allocate " + number(static_cast<std::int32_t>(patch_size)) +
                   " bytes for the Patch File");
    return Patched::no;
  }
  const Bytes patch(patch_bytes, patch_size);
  (void)machine_.flash.read(patch_address, MutBytes(patch_bytes, patch_size)).has_value();

  const std::uint32_t capacity = machine_.hardware.psram;
  const PsramView control_view = psram_view(patch, header_size, control_size, capacity);
  const PsramView diff_view = psram_view(patch, diff_start, diff_size, capacity);
  const PsramView extra_view = psram_view(patch, extra_start, extra_size, capacity);
  BzStream control(psram, machine_.console);
  BzStream diff(psram, machine_.console);
  BzStream extra(psram, machine_.console);
  struct Opening {
    BzStream& stream;
    const PsramView& view;
    const char* name;
  };
  for (const Opening& opening :
       {Opening{control, control_view, "CTRL"}, Opening{diff, diff_view, "DIFF"},
        Opening{extra, extra_view, "EXTRA"}}) {
    int code = BZ_OK;
    if (!opening.stream.init(opening.view.bytes, code)) {
      return Patched::crashed;
    }
    if (code != BZ_OK) {
      machine_.print("Failed to init stream for " + std::string(opening.name) +
                     " block. Error code: " + number(code));
      return Patched::no;
    }
  }
  auto* const buffer = static_cast<std::uint8_t*>(psram.allocate(fielded_buffer, fielded_buffer));
  if (buffer == nullptr) {
    machine_.print("Failed to allocate the buffer memory of size " + number(buffer_size));
    return Patched::no;
  }
  // From here on the patch exists in RAM alone.
  if (!ota_start()) {
    machine_.print("Failed to START UPDATER");
    return Patched::no;
  }
  if (control_view.faults) {
    return Patched::crashed;
  }

  std::uint32_t old_position = 0;
  std::uint32_t new_position = 0;
  while (new_position < new_size) {
    std::array<std::int32_t, 3> step{};
    for (std::size_t i = 0; i < step.size(); ++i) {
      std::array<std::uint8_t, 8> field{};
      unsigned length = 8;
      const int code = control.read(field.data(), length);
      if (code != BZ_OK || length != 8) {
        machine_.print("PATCHING: Unable to decompress required bytes. ret: " + number(code) +
                       ", ctrl_len: " + number(length) + ", i: " + number(std::int64_t(i)));
        return Patched::no;
      }
      step[i] = fielded_integer(field.data());
    }
    if (new_position + static_cast<std::uint32_t>(step[0]) > new_size) {
      machine_.print("PATCHING: Corrupt Patch. Violated newsize: " +
                     number(static_cast<std::int32_t>(new_size)) + ", ctrl[0]: " + number(step[0]));
      return Patched::no;
    }
    while (step[0] > 0) {
      auto length = static_cast<unsigned>(std::min(step[0], buffer_size));
      step[0] -= static_cast<std::int32_t>(length);
      if (diff_view.faults) {
        return Patched::crashed;
      }
      const int code = diff.read(buffer, length);
      if (code != BZ_OK) {
        machine_.print("PATCHING: Unable to decompress required bytes. ret: " + number(code) +
                       ", ctrl[0]: " + number(step[0]) + ", diff_len: " + number(length));
        return Patched::no;
      }
      for (unsigned done = 0; done < length;) {
        const unsigned now = std::min<unsigned>(length - done, flash_unit);
        std::array<std::uint8_t, flash_unit> old{};
        if (!machine_.flash.read(old_address + old_position, MutBytes(old).first(now))) {
          machine_.print(
              "Error while reading old bin block. old_bin_offset: " + number(old_address) +
              ", oldpos: " + number(old_position) + ", bytes_to_read: " + number(now));
          return Patched::no;
        }
        for (unsigned i = 0; i < now; ++i) {
          buffer[done + i] = static_cast<std::uint8_t>(buffer[done + i] + old[i]);
        }
        if (!ota_write(Bytes(buffer + done, now))) {
          machine_.print("Failed to write " + number(now) + " bytes to the Flash");
          return Patched::no;
        }
        done += now;
        old_position += now;
        new_position += now;
      }
    }
    if (new_position + static_cast<std::uint32_t>(step[1]) > new_size) {
      machine_.print("PATCHING: Corrupt patch, ctrl[1]: " + number(step[1]) +
                     " violated newsize: " + number(static_cast<std::int32_t>(new_size)));
      return Patched::no;
    }
    while (step[1] > 0) {
      auto length = static_cast<unsigned>(std::min(step[1], buffer_size));
      step[1] -= static_cast<std::int32_t>(length);
      if (extra_view.faults) {
        return Patched::crashed;
      }
      const int code = extra.read(buffer, length);
      if (code != BZ_OK) {
        machine_.print("PATCHING: Unable to decompress required bytes. ret: " + number(code) +
                       ", ctrl[1]: " + number(step[1]) + ", xtra_len: " + number(length));
        return Patched::no;
      }
      for (unsigned done = 0; done < length;) {
        const unsigned now = std::min<unsigned>(length - done, flash_unit);
        if (!ota_write(Bytes(buffer + done, now))) {
          machine_.print("Failed to write " + number(now) + " bytes from Extra Block to the Flash");
          return Patched::no;
        }
        done += now;
        new_position += now;
      }
    }
    old_position += static_cast<std::uint32_t>(step[2]);
  }
  machine_.print("Patching SUCCESSFUL.");
  return Patched::yes;
}

}  // namespace kerf::pycom
