// What there is to know about a board, for people and for programs.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "apps/common/text.h"
#include "apps/kerf-pycom-sim/commands.h"
#include "apps/kerf-pycom-sim/state.h"
#include "sim/pycom/esp_image.h"
#include "sim/pycom/kerf_journal.h"

namespace kerf::pycom_sim {

namespace {

using Json = nlohmann::ordered_json;
using pycom::Slot;

Json slot_json(const Board& board, Slot slot) {
  pycom::Machine machine = board.device.machine();
  machine.flash.power_on();  // this reads the chip, whatever the board does
  const pycom::Layout& layout = machine.layout();
  const pycom::FlashSource content(machine, layout.slot_offset(slot), layout.slot_size);
  Json object;
  if (const auto image = pycom::verify_esp_image(content)) {
    object = {{"image", "good"}, {"size", image->length}};
    if (image->hash) {
      object["sha256"] = to_hex(*image->hash);
    }
  } else {
    std::array<std::uint8_t, 8> head{};
    const bool patch =
        machine.flash.read(layout.slot_offset(slot), head) &&
        std::string_view(reinterpret_cast<const char*>(head.data()), head.size()) == "BSDIFF40";
    object = {{"image", patch ? "none, a patch" : "none"}, {"why", image.error().text()}};
  }
  if (const auto journal = pycom::Journal(machine, slot).read(); journal && journal->pending) {
    object["journal"] = {{"patch_size", journal->pending->size},
                         {"new_size", journal->pending->new_size},
                         {"checked", journal->checked.has_value()},
                         {"switches", journal->switches},
                         {"done", journal->done},
                         {"refused", journal->refused}};
  }
  return object;
}

Json describe(const Board& board) {
  pycom::Machine machine = board.device.machine();
  machine.flash.power_on();
  pycom::BootInfo info;
  const bool read = machine.read_boot_info(info).has_value();
  Json object{{"board", machine.layout().name},
              {"mode", board.device.config().mode == pycom::Mode::kerf ? "kerf" : "stock"},
              {"state", pycom::life_name(board.device.life())}};
  if (board.device.life() == pycom::Life::running) {
    object["running"] = pycom::slot_name(board.device.running());
  }
  object["boot_info"] = {{"valid", read && info.valid()},
                         {"active", info.active_image},
                         {"status", info.status},
                         {"previous", info.previous_image},
                         {"size", info.size},
                         {"safeboot", info.safeboot}};
  object["factory"] = slot_json(board, Slot::factory);
  object["ota_0"] = slot_json(board, Slot::ota_0);
  object["psram"] = machine.hardware.psram;
  object["psram_peak"] = machine.psram_peak;
  object["flash_encryption"] = machine.hardware.encrypted;
  object["diff_update_enabled"] = board.device.config().diff_enabled;
  object["public_key"] = board.public_key_path;
  object["flash_operations"] = board.operations;
  if (machine.flash.cut_armed()) {
    object["power_cut_after"] = machine.flash.cut_countdown();
  }
  return object;
}

std::string plain(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

Result<bool> status(const std::string& state, bool json) {
  TRY_ASSIGN(const Board board, load_board(state));
  const Json object = describe(board);
  std::string text;
  if (json) {
    text = object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  } else {
    for (const auto& [name, value] : object.items()) {
      if (!value.is_object()) {
        text += fmt::format("{:20} {}\n", name, plain(value));
        continue;
      }
      std::string line;
      for (const auto& [part, inner] : value.items()) {
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ", part, plain(inner));
      }
      text += fmt::format("{:20} {}\n", name, line);
    }
  }
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    return Error(Code::io, "cannot write standard output");
  }
  return true;
}

}  // namespace kerf::pycom_sim
