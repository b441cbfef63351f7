# cmake -DOUTPUT=... -DFUNCTION=builtin_flows -DFILES="a.yaml;b.yaml" -P embed_presets.cmake: presets of
# email flows -> a C++ source with config::FUNCTION().
set(source "#include \"config/reading/flow_presets.h\"\n\nnamespace tillwatch::config {\n\n")
string(APPEND source "const std::vector<BuiltinPreset>& ${FUNCTION}() {\n")
string(APPEND source "  static const std::vector<BuiltinPreset> presets{\n")
foreach(path IN LISTS FILES)
  get_filename_component(name "${path}" NAME_WE)
  file(READ "${path}" text)
  string(APPEND source "      {\"${name}\", R\"tillwatch(${text})tillwatch\"},\n")
endforeach()
string(APPEND source "  };\n  return presets;\n}\n\n}  // namespace tillwatch::config\n")
file(WRITE "${OUTPUT}" "${source}")
