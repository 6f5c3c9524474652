#include "apps/kerf-pycom-sim/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "apps/kerf-pycom-sim/repl.h"
#include "apps/kerf-pycom-sim/state.h"
#include "io/file.h"
#include "sim/pycom/esp_image.h"

namespace kerf::pycom_sim {

namespace {

using pycom::Life;
using pycom::Slot;

void say(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

void listen(Board& board) {
  board.device.console().listen(say);
}

Result<Board> open(const std::string& state) {
  TRY_ASSIGN(Board board, load_board(state));
  listen(board);
  return board;
}

// What the console of a board cannot say.
bool report_life(const Board& board) {
  switch (board.device.life()) {
    case Life::running:
      return true;
    case Life::off:
      std::fputs("kerf-pycom-sim: the board has no power\n", stderr);
      break;
    case Life::no_image:
      std::fputs("kerf-pycom-sim: the board is bricked: there is no image to start\n", stderr);
      break;
    case Life::boot_loop:
      std::fputs("kerf-pycom-sim: the board is bricked: it crashes at each start\n", stderr);
      break;
  }
  return false;
}

Result<bool> finish(const Board& board, const std::string& state, bool good) {
  TRY(save_board(board, state));
  return good;
}

Status change(Board& board, const Settings& settings) {
  if (settings.mode) {
    board.device.config().mode = *settings.mode == "kerf" ? pycom::Mode::kerf : pycom::Mode::stock;
  }
  if (settings.psram) {
    board.device.machine().hardware.psram = *settings.psram;
  }
  if (settings.diff_update) {
    board.device.config().diff_enabled = *settings.diff_update;
  }
  if (settings.public_key) {
    board.public_key_path = *settings.public_key;
  }
  return apply_public_key(board);
}

Result<std::vector<std::uint8_t>> read_file(const std::string& path, std::uint64_t most) {
  TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
  auto bytes = read_all(file, most);
  if (!bytes) {
    return std::move(bytes).error().in(path);
  }
  return std::move(*bytes);
}

}  // namespace

Result<bool> init(const std::string& state, const Settings& settings, const std::string& firmware,
                  const std::string& slot_name) {
  pycom::DeviceConfig config;
  if (settings.board == "4mb") {
    config.hardware.board = pycom::Board::flash_4mb;
  }
  const pycom::Layout& layout = pycom::layout_of(config.hardware.board);
  config.hardware.psram = layout.psram_size;
  config.hardware.encrypted = settings.encrypted.value_or(false);
  Board board{pycom::Device(config), 0, {}};
  TRY(change(board, settings));
  listen(board);
  TRY_ASSIGN(const std::vector<std::uint8_t> image, read_file(firmware, layout.slot_size));
  const Slot slot = slot_name == "ota_0" ? Slot::ota_0 : Slot::factory;
  TRY(board.device.install(slot, image));
  pycom::BootInfo info;
  info.active_image = static_cast<std::uint32_t>(slot);
  info.set(pycom::ImageStatus::ready);
  board.device.install_boot_info(info);
  board.device.reset();
  return finish(board, state, report_life(board));
}

Result<bool> set(const std::string& state, const Settings& settings) {
  TRY_ASSIGN(Board board, open(state));
  TRY(change(board, settings));
  return finish(board, state, true);
}

Result<bool> download(const std::string& state, const Download& what) {
  TRY_ASSIGN(Board board, open(state));
  TRY_ASSIGN(const std::vector<std::uint8_t> file,
             read_file(what.path, board.device.machine().layout().flash_size));
  if (!report_life(board)) {
    return false;
  }
  const bool good = board.device.download(file, what.chunk, what.drop_after);
  if (!good && board.device.life() == Life::running) {
    say(operation_failed);
  }
  return finish(board, state, report_life(board) && good);
}

Result<bool> reset(const std::string& state) {
  TRY_ASSIGN(Board board, open(state));
  board.device.reset();
  return finish(board, state, report_life(board));
}

Result<bool> power_off(const std::string& state) {
  TRY_ASSIGN(Board board, open(state));
  board.device.power_off();
  return finish(board, state, true);
}

Result<bool> power_cut_after(const std::string& state, std::uint64_t operations,
                             std::uint64_t seed) {
  TRY_ASSIGN(Board board, open(state));
  board.device.flash().cut_after(operations, seed);
  return finish(board, state, true);
}

Result<bool> repl(const std::string& state) {
  TRY_ASSIGN(Board board, open(state));
  const bool prompt = ::isatty(STDIN_FILENO) == 1;
  bool good = report_life(board);
  std::string line;
  std::vector<std::uint8_t> buffer(4096);
  constexpr std::size_t longest_line = std::size_t{64} << 10;
  bool more = good;
  while (more) {
    if (prompt) {
      std::fputs(">>> ", stdout);
      std::fflush(stdout);
    }
    std::size_t end = 0;
    while ((end = line.find('\n')) == std::string::npos) {
      TRY_ASSIGN(const std::size_t got, io::read_some(STDIN_FILENO, buffer, "standard input"));
      if (got == 0) {
        more = false;
        end = line.size();
        break;
      }
      line.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
      if (line.size() > longest_line) {
        return Error(Code::limit, "a line longer than 64 KiB").in("standard input");
      }
    }
    const Answer answer = run_line(board.device, std::string_view(line).substr(0, end));
    for (const std::string& printed : answer.lines) {
      say(printed);
    }
    if (!answer.understood) {
      std::fprintf(
          stderr,
          "kerf-pycom-sim: not modelled: %.*s (known: import, pycom.diff_update_enabled(), "
          "pycom.ota_start(), pycom.ota_write(b'...'), pycom.ota_finish(), "
          "pycom.ota_verify(), machine.reset(), exit())\n",
          static_cast<int>(end), line.c_str());
    }
    good = good && answer.understood && !answer.failed;
    if (board.device.life() != Life::running) {
      good = report_life(board);
      break;
    }
    if (answer.leave) {
      break;
    }
    line.erase(0, end + 1);
  }
  return finish(board, state, good);
}

Result<bool> dump(const std::string& state, const std::string& what, const std::string& path) {
  if (io::same_file(state, path)) {
    return Error(Code::denied, path + " is the state file itself; name another file");
  }
  TRY_ASSIGN(const Board board, load_board(state));
  const pycom::Machine& machine = board.device.machine();
  const pycom::Layout& layout = machine.layout();
  TRY_ASSIGN(const auto out, io::OutputFile::create(path, true));
  if (what == "flash") {
    pycom::NorFlash::Sector blank{};
    blank.fill(0xFF);
    for (std::uint32_t i = 0; i < layout.flash_size / pycom::NorFlash::sector_size; ++i) {
      const pycom::NorFlash::Sector* sector = machine.flash.sector(i);
      TRY(out->write(sector != nullptr ? *sector : blank));
    }
  } else {
    const Slot slot = what == "ota_0" ? Slot::ota_0 : Slot::factory;
    const std::vector<std::uint8_t> content = board.device.slot_content(slot, layout.slot_size);
    const auto image = pycom::verify_esp_image(MemorySource(content));
    const auto length =
        static_cast<std::size_t>(image ? image->length : std::uint64_t{content.size()});
    TRY(out->write(Bytes(content).first(length)));
  }
  TRY(out->commit());
  return true;
}

}  // namespace kerf::pycom_sim
