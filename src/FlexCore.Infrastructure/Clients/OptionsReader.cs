using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace FlexCore.Infrastructure.Clients;

/// <summary>Reads options from a configuration, and finds all that cannot be read, where the library's binder stops at the first and passes over what it does not know.</summary>
internal static class OptionsReader
{
    /// <param name="section">Where the options lie.</param>
    /// <param name="options">Take what is there.</param>
    /// <param name="problems">Get what cannot be read, each with its path.</param>
    /// <param name="hasInstances">Whether sections that are not known here are those of named instances.</param>
    public static void Read(IConfigurationSection section, object options, List<string> problems, bool hasInstances = false)
    {
        var properties = options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (!properties.TryGetValue(child.Key, out var property))
            {
                if (!hasInstances || child.Value is not null) problems.Add($"{child.Path}: is not known; there are {string.Join(", ", properties.Keys.Order(StringComparer.Ordinal))}");
            }
            else if (IsOptions(property.PropertyType))
            {
                Read(child, property.GetValue(options)!, problems);
            }
            else
            {
                Read(child, property, options, problems);
            }
        }
    }

    private static void Read(IConfigurationSection child, PropertyInfo property, object options, List<string> problems)
    {
        try
        {
            // Null for what is empty, which then keeps its default.
            if (child.Get(property.PropertyType) is { } value) property.SetValue(options, value);
        }
        catch (InvalidOperationException)
        {
            // Not the value: it may be a password in the wrong place.
            problems.Add($"{child.Path}: cannot be read as {NameOf(property.PropertyType)}");
        }
    }

    private static bool IsOptions(Type type) => type.IsClass && type.Assembly == typeof(OptionsReader).Assembly;

    private static string NameOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return NameOf(inner);
        if (type.IsEnum) return $"one of {string.Join(", ", Enum.GetNames(type))}";
        if (type == typeof(TimeSpan)) return "a duration, as 00:00:30";
        if (type == typeof(bool)) return "true or false";
        if (type == typeof(int) || type == typeof(long)) return "a whole number";
        return type == typeof(double) ? "a number" : $"a {type.Name}";
    }
}
