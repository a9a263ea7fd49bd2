using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Transforms;

internal static class RecordMapReader
{
    public static RecordMap? Read(YamlValue map, List<Error> errors)
    {
        errors.Add(new Error(ErrorCodes.NotInThisVersion, "map", map.At));
        return null;
    }
}
