using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Events;

public sealed partial class EventCodecTests
{
    private static readonly EventMetadata Metadata = new("me", $"{Guid.Empty}", null, "here", "00-1-2-01", 1);

    private static Type[] EventTypes => [.. typeof(IDomainEvent).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IDomainEvent)) && type != typeof(Domain.UnknownEvent))];

    [Fact]
    public void Every_event_of_the_domain_can_be_stored() => EventCodec.KnownTypes.ShouldBe(EventTypes, ignoreOrder: true);

    [Fact]
    public void Every_event_has_a_name_of_its_own_in_the_past_tense()
    {
        var names = EventTypes.Select(type => type.GetCustomAttribute<EventTypeAttribute>().ShouldNotBeNull(type.Name).Name).ToList();

        names.ShouldBeUnique();
        names.ShouldAllBe(name => PastTense().IsMatch(name));
    }

    /// <summary>
    /// What a version has written must be read for ever. A member may be added that means nothing when it is absent: the form
    /// without it then goes to the folder <c>earlier</c>. Any other change gets a new version, a new file, and an upcaster.
    /// </summary>
    [Theory]
    [MemberData(nameof(EventNames))]
    public void Stored_event_reads_back_as_it_was_written(string name)
    {
        var type = EventTypes.Single(candidate => candidate.Name == name);
        var wire = type.GetCustomAttribute<EventTypeAttribute>()!;
        var expected = Encode(Examples.Of(type));
        var file = Repository.PathOf("tests", "data", "events", $"{wire.Name}.v{wire.Version}.json");
        File.Exists(file).ShouldBeTrue($"a new event needs its stored form in {file}:\n{expected}");
        var golden = File.ReadAllText(file).TrimEnd('\n');

        expected.ShouldBe(golden);
        Encode(Decode(wire.Name, golden)).ShouldBe(golden);
    }

    [Theory]
    [MemberData(nameof(EventNames))]
    public void Example_of_an_event_sets_every_member(string name)
    {
        var type = EventTypes.Single(candidate => candidate.Name == name);

        JsonElement.Parse(Encode(Examples.Of(type))).EnumerateObject().Count().ShouldBe(type.GetProperties().Length);
    }

    [Theory]
    [MemberData(nameof(EarlierForms))]
    public void Form_that_an_earlier_version_wrote_is_still_read_and_means_the_same(string file)
    {
        var earlier = File.ReadAllText(Repository.PathOf("tests", "data", "events", "earlier", file)).TrimEnd('\n');

        var now = JsonElement.Parse(Encode(Decode(file.Split('.')[0], earlier)));

        ShouldHold(now, JsonElement.Parse(earlier));
    }

    [Fact]
    public void Every_stored_form_belongs_to_an_event() =>
        Directory.GetFiles(Repository.PathOf("tests", "data", "events")).Select(file => Path.GetFileName(file).Split('.')[0])
            .ShouldBe(EventTypes.Select(type => type.GetCustomAttribute<EventTypeAttribute>()!.Name), ignoreOrder: true);

    [Fact]
    public void Member_that_a_later_version_has_added_is_passed_over() =>
        Decode("StepStarted", """{"step":"load","attempt":1,"node":"n1"}""").ShouldBe(new Domain.Runs.StepStarted("load", 1));

    [Fact]
    public void Event_of_a_later_version_is_given_as_unknown_and_data_that_cannot_be_read_are_refused()
    {
        Decode("RunPraised", "{}").ShouldBe(new Domain.UnknownEvent("RunPraised", 1));
        EventCodec.Decode(new RecordedEvent(7, "run-1", 1, Guid.Empty, "StepStarted", "{}"u8.ToArray(), """{"schema":2}"""u8.ToArray(), default)).ShouldBe(new Domain.UnknownEvent("StepStarted", 2));
        Decode("StepStarted", """{"$protected":1,"key":"8a4b6a54-6e62-4cb2-a3d5-3a3a6f1f8a11","data":""}""").ShouldBe(new Domain.UnknownEvent("StepStarted", 0));
        Should.Throw<FlexCoreException>(() => Decode("StepStarted", "[]")).Message.ShouldStartWith("the event at position 7 is a StepStarted whose data cannot be read");
    }

    public static TheoryData<string> EventNames() => [.. EventTypes.Select(type => type.Name)];

    public static TheoryData<string> EarlierForms() =>
        [.. Directory.GetFiles(Repository.PathOf("tests", "data", "events", "earlier")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private static void ShouldHold(JsonElement whole, JsonElement part)
    {
        if (part.ValueKind != JsonValueKind.Object) JsonElement.DeepEquals(whole, part).ShouldBeTrue($"{whole} is not {part}");
        else foreach (var member in part.EnumerateObject()) ShouldHold(whole.GetProperty(member.Name), member.Value);
    }

    private static string Encode(IDomainEvent @event) => Encoding.UTF8.GetString(EventCodec.Encode(@event, _ => Metadata).Data.Span);

    private static IDomainEvent Decode(string type, string data) =>
        EventCodec.Decode(new RecordedEvent(7, "run-1", 1, Guid.Empty, type, Encoding.UTF8.GetBytes(data), default, default));

    [GeneratedRegex(@"\A([A-Z][a-z]+)+(ed|Hit|Kept|Set)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PastTense();
}
