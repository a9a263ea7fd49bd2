namespace FlexCore.Plugins.JsonSchema;

/// <summary>The versions of JSON Schema that are understood.</summary>
internal enum SchemaDraft
{
    /// <summary>2013.</summary>
    Draft4,

    /// <summary>2017.</summary>
    Draft6,

    /// <summary>2018; also what a schema that names no version is read as.</summary>
    Draft7,
}
