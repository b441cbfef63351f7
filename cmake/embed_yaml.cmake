# cmake -DOUTPUT=... -DROOM=platforms -DFILES="a.yaml;b.yaml" -P embed_yaml.cmake: the files of a
# folder of config/ -> a C++ source with config::builtin_platforms().
set(source "#include \"config/loader.h\"\n\nnamespace tillwatch::config {\n\n")
string(APPEND source "const std::vector<BuiltinFile>& builtin_${ROOM}() {\n")
string(APPEND source "  static const std::vector<BuiltinFile> files{\n")
foreach(path IN LISTS FILES)
  get_filename_component(name "${path}" NAME_WE)
  file(READ "${path}" text)
  string(APPEND source "      {\"${name}\", R\"tillwatch(${text})tillwatch\"},\n")
endforeach()
string(APPEND source "  };\n  return files;\n}\n\n}  // namespace tillwatch::config\n")
file(WRITE "${OUTPUT}" "${source}")
