//! Searches a phone number, buys it, names it, adds it to a group, and releases it.

use relay_rest::types::{
    AddNumberGroupMembershipRequest, CreateNumberGroupRequest, NumberGroupId, PhoneNumberId,
    PurchasePhoneNumberRequest, UpdatePhoneNumberRequest,
};
use relay_rest::{Client, Error};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = complete::client().await?;
    let Some(number) = buy(&client, "support").await? else {
        println!("no number is available");
        return Ok(());
    };
    println!("{number} is in the group {}", group(&client, &number).await?);
    client.release_phone_number().id(&number).send().await?;
    Ok(())
}

/// Buys the first number that is available, and names it.
pub async fn buy(client: &Client, name: &str) -> Result<Option<PhoneNumberId>, Error> {
    let mut available = client.search_available_phone_numbers().areacode("310").items();
    let Some(available) = available.next_item().await? else { return Ok(None) };
    let bought = PurchasePhoneNumberRequest::builder().number(available.number);
    let bought = client.purchase_phone_number().body(bought).send().await?;
    client
        .update_phone_number()
        .id(&bought.id)
        .body(UpdatePhoneNumberRequest::builder().name(name))
        .send()
        .await?;
    Ok(Some(bought.into_inner().id))
}

/// Creates a group with one number.
pub async fn group(client: &Client, number: &PhoneNumberId) -> Result<NumberGroupId, Error> {
    let group =
        client.create_number_group().body(CreateNumberGroupRequest::builder().name("support")).send().await?;
    let member = AddNumberGroupMembershipRequest::builder().phone_number_id(number);
    client.create_number_group_membership().number_group_id(&group.id).body(member).send().await?;
    Ok(group.into_inner().id)
}
