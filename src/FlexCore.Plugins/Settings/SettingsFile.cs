using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Settings;

/// <summary>A project's <c>flexcore.yaml</c>: nested mappings of texts and of lists of texts, each known by the path of its keys.</summary>
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
                if (entry.Value is YamlMap inner) Flatten(inner, key + ".");
                else if (entry.Value is YamlScalar { IsNull: false } scalar) settings.Add(new Setting(key, scalar.Text, key, entry.KeyAt));
                else if (entry.Value is YamlList { Items: var items } && items.All(item => item is YamlScalar { IsNull: false }))
                    settings.Add(new Setting(key, string.Join(Setting.Separator, items.Cast<YamlScalar>().Select(item => item.Text)), key, entry.KeyAt) { IsList = true });
                else if (entry.Value is YamlList) errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be a text", entry.Value.At));
            }
        }
    }
}
