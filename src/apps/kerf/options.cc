#include "apps/kerf/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <thread>

#include "apps/common/input.h"
#include "apps/common/make_patch.h"
#include "apps/kerf/format_names.h"
#include "apps/kerf/opened_patch.h"
#include "apps/kerf/options_common.h"
#include "apps/kerf/report.h"
#include "io/file.h"
#include "patch/patch.h"

namespace kerf::cli {

namespace {

using apps::standard_stream;

void add_sha256(CLI::App& command, const std::string& name, std::optional<Sha256>& value,
                const char* help) {
  command
      .add_option_function<std::string>(
          name,
          [name, &value](const std::string& text) {
            auto parsed = parse_sha256(text);
            if (!parsed) {
              throw CLI::ValidationError(name, parsed.error().what());
            }
            value = *parsed;
          },
          help)
      ->type_name("HEX");
}

void add_trust_key(CLI::App& command, std::optional<std::string>& path, const char* help) {
  command.add_option("--trust-key", path, help)->type_name("FILE");
}

void add_memory(CLI::App& command, std::uint64_t& memory) {
  memory = apps::default_apply_memory;
  add_size(command, "--memory", memory, "Most memory that decoding may take (default 64M)");
}

// 0: what is usual for the kind of patch.
void add_usual_memory(CLI::App& command, std::uint64_t& memory) {
  memory = 0;
  add_size(command, "--memory", memory,
           "Most memory that decoding may take (default 64M; for packages half of the machine's)");
}

void add_form(CLI::App& command, FormChoice& choice, const char* window_help) {
  command
      .add_option("--vcdiff-profile", choice.profile,
                  "Who shall apply it: updater (all that read VCDIFF; default), xdelta3 or "
                  "open-vcdiff (both with checksums)")
      ->type_name("NAME");
  add_size(command, "--window", choice.window, window_help);
}

void define(CLI::App& command, Diff& diff) {
  command.add_option("OLD", diff.old_path, "The version that is installed")
      ->required()
      ->type_name("");
  command.add_option("NEW", diff.new_path, "The version that is wanted")->required()->type_name("");
  command.add_option("-o,--output", diff.patch_path, "Where to write the patch")
      ->required()
      ->type_name("PATCH");
  std::vector<std::string> names{package_format};
  for (const PatchWriter* writer : all_writers()) {
    names.emplace_back(writer->name());
  }
  command
      .add_option("-f,--format", diff.format,
                  "Patch format, see kerf formats (default: kerf for archives, images of file "
                  "systems and compressed files; else bsdiff)")
      ->check(CLI::IsMember(names).description(""))
      ->type_name("NAME");
  command
      .add_option("--profile", diff.profile,
                  "How much a decoder of a sliver patch takes: max, standard (default), small, "
                  "fast or tiny")
      ->type_name("NAME");
  command.add_flag("--trailer", diff.trailer,
                   "Append sizes and SHA-256 of both files, which kerf apply checks");
  command
      .add_option("--sign-key", diff.key_path,
                  "Sign the trailer (implied) with this Ed25519 private key in PEM form")
      ->type_name("FILE");
  add_size(command, "--device-memory", diff.device_memory,
           "Most memory to take on the device: chooses the profile of a sliver patch, and bounds "
           "each step of a kerf package (default 2G)");
  add_form(command, diff.form_choice, "Size of a vcdiff patch's windows (default 8M)");
  diff.memory = apps::physical_memory();
  add_size(command, "--memory", diff.memory,
           "Most memory to take beyond both files (default: what the machine has)");
  diff.threads = std::max(1U, std::thread::hardware_concurrency());
  command
      .add_option("--threads", diff.threads,
                  "Threads to use (default: one per core); the patch does not depend on it")
      ->check(CLI::Range(1U, 1024U).description(""))
      ->type_name("N");
  command.add_flag("--force", diff.force, "Replace PATCH if it exists");
  add_progress(command, diff.manner);
  add_manner(command, diff.manner);
}

void define(CLI::App& command, Apply& apply) {
  command.add_option("OLD", apply.old_path, "The file that the patch was made for")
      ->required()
      ->type_name("");
  command.add_option("PATCH", apply.patch_path, "The patch; its format is recognised")->required();
  command.add_option("-o,--output", apply.new_path, "Where to write the new file")
      ->required()
      ->type_name("NEW");
  add_sha256(command, "--old-sha256", apply.old_sha256, "Refuse any other old file");
  add_sha256(command, "--new-sha256", apply.new_sha256, "Refuse any other result");
  add_trust_key(command, apply.key_path,
                "Accept only a patch signed by this Ed25519 public key in PEM form");
  command.add_flag("--allow-trailing", apply.allow_trailing,
                   "Accept bytes that follow the end of the patch");
  add_usual_memory(command, apply.memory);
  command
      .add_option("--scratch", apply.scratch,
                  "Keep what a package makes on the way in this folder, and go on from there after "
                  "an interruption (default: temporary files)")
      ->type_name("FOLDER");
  apply.max_output = generous_size;
  add_size(command, "--max-output", apply.max_output, "Largest new file to make (default 1T)");
  command.add_flag("--force", apply.force, "Replace NEW if it exists");
  add_progress(command, apply.manner);
  add_manner(command, apply.manner);
}

void define(CLI::App& command, Info& info) {
  command.add_option("PATCH", info.patch_path, "The patch; its format is recognised")->required();
  add_trust_key(command, info.key_path,
                "Verify that this Ed25519 public key in PEM form has signed the patch");
  add_usual_memory(command, info.memory);
  add_manner(command, info.manner);
}

void define(CLI::App& command, Verify& verify) {
  command.add_option("OLD", verify.old_path, "The file that the patch was made for")
      ->required()
      ->type_name("");
  command.add_option("PATCH", verify.patch_path, "The patch; its format is recognised")->required();
  command.add_option("NEW", verify.new_path, "What should come out")->required()->type_name("");
  add_trust_key(command, verify.key_path,
                "Accept only a patch signed by this Ed25519 public key in PEM form");
  command.add_flag("--allow-trailing", verify.allow_trailing,
                   "Accept bytes that follow the end of the patch");
  add_usual_memory(command, verify.memory);
  add_progress(command, verify.manner);
  add_manner(command, verify.manner);
}

void define(CLI::App& command, Repair& repair) {
  command.add_option("OLD", repair.old_path, "The file that the patch was made for")
      ->required()
      ->type_name("");
  command.add_option("PATCH", repair.patch_path, "A VCDIFF patch")->required();
  command
      .add_option("-o,--output", repair.repaired_path,
                  "Where to write the same patch in a form "
                  "that more programs take")
      ->required()
      ->type_name("FIXED");
  add_form(command, repair.form_choice,
           "Split windows that are larger (default: what the profile's programs take)");
  add_sha256(command, "--old-sha256", repair.old_sha256, "Refuse any other old file");
  add_sha256(command, "--new-sha256", repair.new_sha256, "Refuse any other result");
  add_memory(command, repair.memory);
  command.add_flag("--force", repair.force, "Replace FIXED if it exists");
  add_progress(command, repair.manner);
  add_manner(command, repair.manner);
}

void define(CLI::App& command, Formats& formats) {
  add_json(command, formats.manner);
}

void define(CLI::App& command, Explain& explain) {
  command
      .add_option("CODE", explain.code, "Number or name of a result (none: all), or a kerf package")
      ->type_name("");
  add_json(command, explain.manner);
}

// Checks on several arguments at once.
void check_streams(std::initializer_list<const std::string*> inputs, const std::string* output,
                   const Manner& manner) {
  const auto streams = std::ranges::count(
      inputs, true, [](const std::string* path) { return *path == standard_stream; });
  if (streams > 1) {
    refuse("only one input can be standard input (\"-\")");
  }
  if (output == nullptr) {
    return;
  }
  if (*output == standard_stream) {
    if (manner.json) {
      refuse("with --json standard output is taken: give -o a file");
    }
    if (::isatty(STDOUT_FILENO) == 1) {
      refuse("refusing to write binary data to a terminal: redirect standard output");
    }
    return;
  }
  for (const std::string* input : inputs) {
    const std::string path = *input == standard_stream ? "/dev/stdin" : *input;
    if (io::same_file(path, *output)) {
      refuse("output " + *output + " is the input " + apps::input_name(*input) +
             ": write to another file");
    }
  }
}

// `window`: 0 for the largest there is.
vcdiff::Form chosen_form(const FormChoice& choice, std::uint64_t window) {
  auto form = vcdiff::form_of(choice.profile.value_or("updater"));
  if (!form) {
    refuse(form.error().what());
  }
  form->window = choice.window.value_or(window == 0 ? vcdiff::most_window_of(*form) : window);
  if (const Status possible = vcdiff::check_window(*form); !possible) {
    refuse("--window: " + possible.error().what());
  }
  return *form;
}

void check(Diff& diff) {
  if (diff.format == vcdiff::writer().name()) {
    diff.form = chosen_form(diff.form_choice, vcdiff::Form().window);
  } else if (diff.form_choice.profile || diff.form_choice.window) {
    refuse("--vcdiff-profile and --window are for --format vcdiff");
  }
  const bool may_be_package = diff.format.empty() || diff.format == package_format;
  if (const auto writer = find_writer(may_be_package ? "sliver" : diff.format);
      writer && !diff.profile.empty()) {
    std::string names;
    for (const std::string_view name : (**writer).profiles()) {
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
    if (names.empty()) {
      refuse("--profile is for formats that have profiles: --format kerf, --format sliver");
    }
    if (std::ranges::find((**writer).profiles(), diff.profile) == (**writer).profiles().end()) {
      refuse("no profile \"" + diff.profile + "\"; there are " + names);
    }
  }
  if (diff.device_memory && !may_be_package && diff.format != "sliver") {
    refuse("--device-memory is for --format kerf and --format sliver");
  }
  if (diff.device_memory && !diff.profile.empty() && diff.format == "sliver") {
    refuse("--device-memory chooses the profile: leave one of both out");
  }
  if (diff.trailer && diff.format == package_format) {
    refuse("--trailer is for patches: a kerf package states sizes and hashes by itself");
  }
  const std::string key = diff.key_path.value_or("");
  check_streams({&diff.old_path, &diff.new_path, &key}, &diff.patch_path, diff.manner);
}
void check(Apply& apply) {
  const std::string key = apply.key_path.value_or("");
  check_streams({&apply.old_path, &apply.patch_path, &key}, &apply.new_path, apply.manner);
}
void check(Info&) {}
void check(Verify& verify) {
  check_streams({&verify.old_path, &verify.patch_path, &verify.new_path}, nullptr, verify.manner);
}
void check(Repair& repair) {
  repair.form = chosen_form(repair.form_choice, 0);
  check_streams({&repair.old_path, &repair.patch_path}, &repair.repaired_path, repair.manner);
}
void check(Formats&) {}
void check(Explain&) {}

template <class Options>
void finish(Options& options, std::optional<Command>& command) {
  check(options);
  Manner& manner = options.manner;
  manner.progress = manner.progress && !manner.quiet && !manner.json;
  command = std::move(options);
}

Parsed shown(const std::string& text) {
  const Status printed = print(stdout, text);
  if (!printed) {
    report_error(printed.error(), false);
  }
  return {{}, printed ? exit_done : exit_failed};
}

}  // namespace

Parsed parse(int argc, const char* const* argv) {
  CLI::App app("Differential software update: makes and applies patches.", "kerf");
  app.footer("Exit status: 0 done, 1 failed, 2 wrong usage. The manual: man kerf");
  app.set_version_flag("--version", "kerf " KERF_VERSION, "Print the version");
  app.require_subcommand(0, 1);

  Diff diff;
  Apply apply;
  Info info;
  Verify verify;
  Repair repair;
  Formats formats;
  Explain explain;
  Publish publish;
  Lint lint;
  // Only a command that is named gets its options: defining all of them would take longer than
  // applying a small patch.
  const auto add = [&](const char* name, const char* summary, auto& options) -> CLI::App& {
    CLI::App& command = *app.add_subcommand(name, summary);
    if (std::find(argv, argv + argc, std::string_view(name)) != argv + argc) {
      define(command, options);
    }
    return command;
  };
  const CLI::App& diff_app = add("diff", "Make a patch that turns OLD into NEW", diff);
  const CLI::App& apply_app = add("apply", "Make the new file from OLD and PATCH", apply);
  const CLI::App& info_app = add("info", "Tell what a patch is and what it needs", info);
  const CLI::App& verify_app =
      add("verify", "Check that PATCH turns OLD into NEW, writing nothing", verify);
  const CLI::App& repair_app =
      add("repair", "Write a VCDIFF patch again, for programs that refuse it", repair);
  const CLI::App& formats_app = add("formats", "List the patch formats there are", formats);
  const CLI::App& explain_app = add(
      "explain", "Explain what a package is made of, or a result code of kerf-updater", explain);
  const CLI::App& publish_app =
      add("publish", "Make or update a repository that devices update from", publish);
  const CLI::App& lint_app = add("lint", "Find what is wrong with a repository", lint);
  CLI::App& help_app = *app.add_subcommand("help", "Explain a command");
  std::string topic;
  help_app.add_option("COMMAND", topic, "The command to explain")->type_name("");

  try {
    app.parse(argc, argv);
    Parsed parsed;
    if (diff_app.parsed()) {
      finish(diff, parsed.command);
    } else if (apply_app.parsed()) {
      finish(apply, parsed.command);
    } else if (info_app.parsed()) {
      finish(info, parsed.command);
    } else if (verify_app.parsed()) {
      finish(verify, parsed.command);
    } else if (repair_app.parsed()) {
      finish(repair, parsed.command);
    } else if (formats_app.parsed()) {
      finish(formats, parsed.command);
    } else if (explain_app.parsed()) {
      finish(explain, parsed.command);
    } else if (publish_app.parsed()) {
      finish(publish, parsed.command);
    } else if (lint_app.parsed()) {
      finish(lint, parsed.command);
    } else if (!help_app.parsed()) {
      refuse("a command is required");
    } else {
      const CLI::App* subject = topic.empty() ? &app : app.get_subcommand(topic);
      const auto formatter = app.get_formatter();
      return shown(formatter->make_help(subject, topic.empty() ? "kerf" : "kerf " + topic,
                                        CLI::AppFormatMode::Normal));
    }
    return parsed;
  } catch (const CLI::CallForHelp&) {
    return shown(app.help());
  } catch (const CLI::CallForVersion& version) {
    return shown(std::string(version.what()) + "\n");
  } catch (const CLI::Error& error) {
    const bool json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    const auto chosen = app.get_subcommands();
    const std::string command = chosen.empty() ? "" : " " + chosen.front()->get_name();
    report_usage(std::string(error.what()) + " (see kerf" + command + " --help)", json);
    return {{}, exit_usage};
  }
}

}  // namespace kerf::cli
