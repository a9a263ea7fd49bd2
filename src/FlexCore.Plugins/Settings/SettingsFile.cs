using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Settings;

/// <summary>A project's <c>flexcore.yaml</c>: nested mappings of texts and of lists of texts, each known by the path of its keys. Variables are whatever YAML they are.</summary>
internal static class SettingsFile
{
    public static Result<IReadOnlyList<Setting>> Read(string file)
    {
        var read = YamlFile.Read(file, file, mayBeEmpty: true);
        if (!read.IsSuccess) return read.Errors.ToArray();
        var settings = new List<Setting>();
        var errors = new List<Error>();
        Flatten(read.Value, "");
        return errors.Count > 0 ? errors.ToArray() : settings;

        void Flatten(YamlMap map, string prefix)
        {
            foreach (var entry in map.Entries)
            {
                var key = prefix + entry.Key;
                if (IsEnvironment(key)) settings.Add(new Setting(key, "", key, entry.KeyAt));
                if (entry.Value is YamlMap vars && IsVars(key)) settings.AddRange(vars.Entries.Select(variable => ReadVariable(variable, key)));
                else if (entry.Value is YamlMap inner) Flatten(inner, key + ".");
                else if (entry.Value is YamlScalar { IsNull: false } scalar) settings.Add(new Setting(key, scalar.Text, key, entry.KeyAt));
                else if (entry.Value is YamlList { Items: var items } && items.All(item => item is YamlScalar { IsNull: false }))
                    settings.Add(new Setting(key, string.Join(Setting.Separator, items.Cast<YamlScalar>().Select(item => item.Text)), key, entry.KeyAt) { IsList = true });
                else if (entry.Value is YamlList) errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be a text", entry.Value.At));
            }
        }
    }

    // One may have no settings of its own: it is there nevertheless.
    private static bool IsEnvironment(string key) => key.Split('.') is [EnvironmentSettings.Section, _];

    private static bool IsVars(string key) => key.Split('.') is ["vars"] or [EnvironmentSettings.Section, _, "vars"];

    private static Setting ReadVariable(YamlEntry variable, string section) =>
        new($"{section}.{variable.Key}", "", $"{section}.{variable.Key}", variable.KeyAt) { Json = variable.Value.ToJson(scalar => scalar.ToJson()).ToElement() };
}
