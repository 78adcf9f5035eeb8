//! What an account remembers of people's certificates: the box keeps it and knows nothing of it.

use shared::api::keys::{PeopleRequest, PeopleResponse};
use shared::api::limits;

use crate::core::office::Office;
use crate::core::people::{PeopleError, get, put};
use crate::store::{Change, Heard};

fn next(generation: u64, octet: u8) -> PeopleRequest {
    PeopleRequest { generation, sealed: vec![octet; 100].into() }
}

#[tokio::test]
async fn each_change_is_made_from_the_one_before_and_told() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    let (alice, bob) = (office.account(&alice).await, office.account(&bob).await);
    let context = office.home.context.clone();
    assert_eq!(get(&context, alice).await.unwrap(), PeopleResponse::default());
    let mut listener = context.store.listen(alice);

    put(&context, alice, next(1, 1)).await.unwrap();
    assert_eq!(listener.next().await, Some(Heard::Change(Change::People { generation: 1 })));
    // The answer was lost, and it is asked again.
    put(&context, alice, next(1, 1)).await.unwrap();
    for outdated in [next(0, 2), next(1, 2), next(3, 2), next(u64::MAX, 2)] {
        assert!(matches!(put(&context, alice, outdated).await, Err(PeopleError::Outdated)));
    }
    put(&context, alice, next(2, 2)).await.unwrap();
    let kept = PeopleResponse { generation: 2, sealed: Some(vec![2; 100].into()) };
    assert_eq!(get(&context, alice).await.unwrap(), kept);
    assert_eq!(get(&context, bob).await.unwrap(), PeopleResponse::default());

    for wrong in [Vec::new(), vec![0; limits::PEOPLE_BYTES + 1]] {
        let wrong = PeopleRequest { generation: 3, sealed: wrong.into() };
        assert!(matches!(put(&context, alice, wrong).await, Err(PeopleError::TooLarge)));
    }
    put(&context, alice, PeopleRequest { generation: 3, sealed: vec![0; limits::PEOPLE_BYTES].into() }).await.unwrap();
}
