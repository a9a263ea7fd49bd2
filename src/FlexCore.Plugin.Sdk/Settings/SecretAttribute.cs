namespace FlexCore.Sdk.Settings;

/// <summary>Marks a setting as secret: <c>writeOnly</c> in its schema, and masked wherever FlexCore shows settings.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
